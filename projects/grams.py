"""What a project is found by, in pieces that an index compares for equality (docs/decisions/0017)."""

from __future__ import annotations

import pgtrigger
from django.db import models

from jurisdictions.folding import folded, initials
from jurisdictions.models import CountyScoped, county_field, scoped_manager

NAMES = frozenset({"name", "on_behalf_of"})


def searched_text(*names: str) -> str:
    """What is sought in names: each folded, and the first letters of how it is read out."""
    return "\n".join(line for name in names if name for line in (folded(name), initials(name)))


# What a project is found by, its grams, made of its own columns alone: renaming a unit or a person touches none.
GRAMS_KEPT = pgtrigger.Trigger(
    name="grams_kept",
    operation=pgtrigger.Insert | pgtrigger.Update,
    when=pgtrigger.After,
    declare=[("wanted", "text[]")],
    func="""
        IF TG_OP = 'UPDATE' THEN
            IF (NEW.searched, NEW.number, NEW.investment, NEW.applicant_id, NEW.owner_unit_id, NEW.filed_by_id)
                IS NOT DISTINCT FROM
               (OLD.searched, OLD.number, OLD.investment, OLD.applicant_id, OLD.owner_unit_id, OLD.filed_by_id)
            THEN RETURN NULL; END IF;
        END IF;
        wanted := project_grams(
            NEW.searched, NEW.number, NEW.investment, NEW.applicant_id, NEW.owner_unit_id, NEW.filed_by_id);
        IF TG_OP = 'UPDATE' THEN
            DELETE FROM projects_projectgram WHERE project_id = NEW.id AND gram <> ALL (wanted);
        END IF;
        INSERT INTO projects_projectgram (county_id, gram, project_id)
            SELECT NEW.county_id, gram, NEW.id FROM unnest(wanted) AS gram ON CONFLICT DO NOTHING;
        RETURN NULL;
    """,
)


class ProjectGram(CountyScoped):
    """One or two neighbouring characters of what a project is found by, or a whole number, amount, unit or person.

    Kept by the trigger of the project. County and gram come first in the key: equality alone may use an index before
    row-level security lets a row pass.
    """

    pk = models.CompositePrimaryKey("county_id", "gram", "project_id")
    county = county_field(db_index=False)
    gram = models.CharField(max_length=40)
    project = models.ForeignKey("projects.Project", on_delete=models.CASCADE, related_name="grams")

    objects = scoped_manager()


# The pieces: characters and pairs of the names; the number, whole and its running part; amount, units and filer.
GRAMS_FUNCTION = r"""
    CREATE OR REPLACE FUNCTION project_grams(
        searched text, number text, investment numeric, applicant bigint, owner bigint, filer bigint
    ) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
        SELECT array_agg(DISTINCT gram) FROM (
            SELECT substr(line, at, size) FROM regexp_split_to_table(searched, '\n') AS line,
                generate_series(1, length(line)) AS at, generate_series(1, 2) AS size
            UNION ALL SELECT unnest(ARRAY[
                '#' || replace(lower(number), '-', ''),
                '#' || substring(number from '\d+$'),
                '#' || substring(number from '^\D*\d{4}(\d+)$'),
                '#' || replace(lower(substring(number from '^(\D+\d{4})\d+$')), '-', ''),
                '=' || trim_scale(investment),
                '@' || applicant, '@' || owner, '&' || filer])
        ) AS piece (gram) WHERE gram <> ''
    $$
"""
