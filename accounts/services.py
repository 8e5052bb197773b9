"""Writes on people, offices and roles. Each is audited: the apps above listen to `signals.written`."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import signals
from accounts.actors import Actor
from accounts.fields import one_case
from accounts.memberships import memberships_of
from accounts.models import Membership, Office, User
from accounts.refusals import NotPermitted, Refusal
from accounts.roles import Role, duties_of, is_excluded
from accounts.uniqueness import told_if_taken
from jurisdictions.counties import forget_counties
from jurisdictions.folding import folded_name
from jurisdictions.models import County
from jurisdictions.scope import current_county, enter

ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without look-alikes: it is read out
MANAGE = "people.manage"


def initial_password() -> str:
    """A password to be handed over once and changed at the first sign-in: 16 characters, about 93 bits."""
    while True:
        password = "-".join("".join(secrets.choice(ALPHABET) for _n in range(4)) for _part in range(4))
        if any(c.isdigit() for c in password) and any(c.isalpha() for c in password):
            return password


def check_manager(actor: Actor, person: User | None = None) -> None:
    if not actor.may(MANAGE):
        raise NotPermitted(_("Only the county administrator manages people and offices."))
    if person is not None and actor.user is not None and person.pk == actor.user.pk:
        raise NotPermitted(_("Nobody manages their own account. Please ask another administrator."))


def _tell(actor: Actor, action: str, record: Any, *, label: str = "", old: Any = None, new: Any = None) -> None:
    signals.written.send(
        sender=type(record), actor=actor, action=action, record=record, label=label, old=old or {}, new=new or {}
    )


def _held(person: User) -> User:
    """The account as it is now, held until the end of the transaction.

    Whoever changes an account or its roles begins with it, so that one at a time looks at what the account holds and
    changes it. Its key stays free: others may write entries and notices that name the person.
    """
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def check_separation(*, person: User, role: str) -> None:
    """Refuse a role that would put two of system, audit and platform administration into one account.

    The platform's operator gets no role at all. `person` was read by `_held`: nobody else gives them one meanwhile.
    """
    if person.is_operator:
        raise Refusal(
            _(
                "This is an account of the platform's operator, who sees no county's content and holds no role in a "
                "county. Please choose another person."
            ),
            field="username",
        )
    if is_excluded(role, [m.role for m in memberships_of(person) if m.is_active]):
        raise Refusal(
            _(
                "System, audit and platform administration are never held by one account. "
                "Please choose another person, or end the other role first."
            ),
            field="role",
        )


def is_ours_alone(person: User) -> bool:
    """Whether the account belongs to the county in force and nowhere else: then its administrator looks after it."""
    county = current_county()
    if county is None or person.is_operator or person.is_national or person.is_superuser:
        return False
    return all(membership.county_id == county.pk for membership in memberships_of(person))


def _check_ours(person: User) -> None:
    if not is_ours_alone(person):
        raise NotPermitted(
            _("This person also belongs to another county or to the platform: the account is not managed here.")
        )


def _last_admin(membership: Membership) -> bool:
    """Whether nobody else could administer the county. Locks the administrators, so that two cannot end each other."""
    admins = Membership.objects.select_for_update(of=("self",)).filter(
        role=Role.COUNTY_ADMIN, is_active=True, user__is_active=True
    )
    return membership.role == Role.COUNTY_ADMIN and {m.pk for m in admins.order_by("pk")} <= {membership.pk}


@transaction.atomic
def add_person(
    *, actor: Actor, username: str, name: str, email: str, phone: str, office: Office, role: str
) -> tuple[User, str]:
    """Make an account with its first role. Returns it with the initial password, which is kept nowhere.

    A user name that exists elsewhere is refused: `add_membership` gives such a person a role.
    """
    check_manager(actor)
    password = initial_password()
    person = User(username=username, name=name, email=email, phone=phone, must_change_password=True)
    person.set_password(password)
    with told_if_taken():
        person.save()
    new = {"username": username, "name": name, "email": person.email, "phone": phone}
    _tell(actor, "user.add", person, new=new)
    add_membership(actor=actor, person=person, office=office, role=role)
    return person, password


def former_name(name: str) -> dict[str, str]:
    """A name that is given up now."""
    return {"name": name, "until": timezone.now().isoformat()}


@transaction.atomic
def edit_person(*, actor: Actor, person: User, name: str, email: str, phone: str) -> User:
    """Change name, address and telephone of an account of this county alone.

    Former names stay with it (`User.name_on`).
    """
    check_manager(actor, person)
    person = _held(person)
    _check_ours(person)
    new = {"name": name, "email": one_case(email), "phone": phone}
    old = {key: getattr(person, key) for key in new}
    if old == new:
        return person
    for key, value in new.items():
        setattr(person, key, value)
    if old["name"] != name:
        person.former_names = [*person.former_names, former_name(old["name"])]
    with told_if_taken():
        person.save(update_fields=[*new, "former_names"])
    _forget_addresses(person)
    _tell(actor, "user.edit", person, old=old, new=new)
    return person


def _forget_addresses(person: User) -> None:
    """Let an address given up open nothing: the sign-in library keeps a list beside ours, as after a new password."""
    EmailAddress.objects.filter(user=person).exclude(email=person.email).delete()


@transaction.atomic
def keep_own_settings(*, actor: Actor, email: str, notice_choice: str, language: str) -> User:
    """Keep a person's own address, choice of e-mail notices and language; what changed is audited."""
    assert actor.user is not None
    person = _held(actor.user)
    new = {"email": one_case(email), "notice_choice": notice_choice, "language": language}
    old = {name: getattr(person, name) for name, value in new.items() if getattr(person, name) != value}
    for name in old:
        setattr(person, name, new[name])
    if old:
        with told_if_taken():
            person.save(update_fields=list(old))
        _forget_addresses(person)
        _tell(actor, "user.edit", person, old=old, new={name: new[name] for name in old})
    return person


def keep_language(*, actor: Actor, language: str) -> None:
    """Keep the language (of `settings.LANGUAGES`) a person reads; chosen on any page, of a county or of none."""
    if actor.user is not None and actor.user.language != language:
        actor.user.language = language
        actor.user.save(update_fields=["language"])


def close_hint(*, actor: Actor) -> None:
    """Close the hint of the first visit for the role a person acts in; nothing happens where it is closed."""
    Membership.objects.filter(pk=actor.membership.pk, hint_closed_at=None).update(hint_closed_at=timezone.now())  # type: ignore[union-attr]


@transaction.atomic
def renew_password(*, actor: Actor, person: User) -> str:
    """Set a new initial password: all sessions and tokens of the person end. Returns it; it is kept nowhere."""
    check_manager(actor, person)
    person = _held(person)
    _check_ours(person)
    password = initial_password()
    person.set_password(password)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    signals.revoke_tokens(person)
    _tell(actor, "user.renew_password", person)
    return password


@transaction.atomic
def add_membership(*, actor: Actor, person: User, office: Office, role: str) -> Membership:
    """Give a person a role in an office of the county in force; one that ended is taken up again."""
    check_manager(actor, person)
    person = _held(person)
    office = Office.objects.select_for_update(no_key=True).get(pk=office.pk)  # nobody closes it meanwhile
    if not office.is_active:
        raise Refusal(_("The office is no longer in use."), field="office")
    check_separation(person=person, role=role)
    membership, made = Membership.objects.get_or_create(
        user=person, office=office, role=role, defaults={"county": office.county}
    )
    if not made and membership.is_active:
        raise Refusal(_("The person has this role already."), field="role")
    if not made:
        membership.is_active = True
        membership.save(update_fields=["is_active"])
    if not person.is_active and is_ours_alone(person):
        person.is_active = True
        person.save(update_fields=["is_active"])
    _tell(actor, "membership.add", membership, new={"office": office.name, "role": role, "user": person.username})
    return membership


@transaction.atomic
def end_membership(*, actor: Actor, membership: Membership, to: User | None = None) -> None:
    """Take a role from a person. Not one's own, and not the last administrator's.

    What they had claimed goes to the colleague `to`, without one back to their office.
    """
    check_manager(actor, membership.user)
    if to is not None and to not in colleagues(membership):
        raise Refusal(_("This person does not act for the office."), field="to")
    _end(actor, _held(membership.user), Membership.objects.filter(pk=membership.pk), to=to)


@transaction.atomic
def move_membership(*, actor: Actor, membership: Membership, office: Office) -> Membership:
    """Let a person act for another office in the role they had; where they have it there already, it is one."""
    check_manager(actor)
    _held(membership.user)
    moved, _made = Membership.objects.update_or_create(
        user=membership.user, office=office, role=membership.role, defaults={"is_active": True, "county": office.county}
    )
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    said = {"role": membership.role, "user": membership.user.username}
    old, new = {**said, "office": membership.office.name}, {**said, "office": office.name}
    _tell(actor, "membership.move", moved, old=old, new=new)
    return moved


def colleagues(membership: Membership) -> list[User]:
    """Who else acts for the office of a role, with a role that works on what waits there."""
    others = Membership.objects.filter(office_id=membership.office_id, is_active=True, user__is_active=True)
    rows = others.exclude(user_id=membership.user_id).select_related("user").order_by("pk")
    return list({row.user_id: row.user for row in rows if duties_of(row.role)}.values())


def _end(actor: Actor, person: User, which: QuerySet[Membership], *, to: User | None = None) -> None:
    """End those of the memberships of a person held (`_held`) that are in force. Locks before it writes entries."""
    ended = list(which.filter(user=person, is_active=True).select_related("user", "office"))
    for membership in ended:
        if _last_admin(membership):
            raise Refusal(_("This is the county's last administrator. Please name another one first."))
        membership.is_active = False
        membership.save(update_fields=["is_active"])
        signals.left.send(sender=Membership, actor=actor, membership=membership, to=to)
    for membership in ended:
        old = {"office": membership.office.name, "role": membership.role, "user": membership.user.username}
        _tell(actor, "membership.end", membership, old=old)


@transaction.atomic
def deactivate(*, actor: Actor, person: User) -> None:
    """End all roles of a person in the county; an account of this county alone can no longer sign in."""
    check_manager(actor, person)
    person = _held(person)
    _end(actor, person, Membership.objects.all())
    if is_ours_alone(person) and person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        signals.revoke_tokens(person)
        _tell(actor, "user.deactivate", person, old={"is_active": True}, new={"is_active": False})


OFFICE_FIELDS = ("code", "name", "authorities", "owner_kind", "parent", "is_active")


@transaction.atomic
def save_office(*, actor: Actor, office: Office, **values: Any) -> Office:
    """Make or change an office. One with people, linked units or open work does not close (`signals.closing`).

    Its former names stay with it (`Office.name_on`).
    """
    check_manager(actor)
    unknown = set(values) - set(OFFICE_FIELDS)
    if unknown:
        raise TypeError(f"unknown fields of an office: {unknown}")
    made = office.pk is None
    stored = None if made else Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    old = {key: getattr(stored, key) for key in values} if stored else {}
    for key, value in values.items():
        setattr(office, key, value)
    if not office.is_active and not made:
        signals.closing.send(sender=Office, office=office)
    written = set(values)
    if stored is not None and stored.name != office.name:
        office.former_names = [*stored.former_names, former_name(stored.name)]
        written.add("former_names")
    _check_parent(office)
    with told_if_taken():
        office.save(update_fields=None if made else written)
    if made or old.get("name", office.name) != office.name:
        _check_name(office)
    if made or old != values:
        _tell(actor, "office.add" if made else "office.edit", office, old=old, new=values)
    return office


@transaction.atomic
def save_arrangements(*, actor: Actor, county: County, opinion_days: int, reserve_warn_days: int) -> County:
    """What the county arranges where its regulation names no time: working days for an opinion, days of warning.

    Applies to what starts from now on; running deadlines keep theirs. `county` is the one in force.
    """
    check_manager(actor)
    new = {"opinion_days": opinion_days, "reserve_warn_days": reserve_warn_days}
    stored = County.objects.select_for_update().get(pk=county.pk)
    old = {name: getattr(stored, name) for name in new}
    if old != new:
        for name, value in new.items():
            setattr(stored, name, value)
        stored.save(update_fields=list(new))
        _tell(actor, "county.edit", stored, old=old, new=new)
        forget_counties()
    return stored


def _check_name(office: Office) -> None:
    """No office in use is called as another one, however either is written."""
    for other in Office.objects.filter(is_active=True).exclude(pk=office.pk):
        if folded_name(other.name) == folded_name(office.name):
            raise Refusal(_("“%(name)s” is in the list already.") % {"name": other.name}, field="name")


def _check_parent(office: Office) -> None:
    seen, parent = {office.pk}, office.parent
    while parent is not None:
        if parent.pk in seen:
            raise Refusal(_("A unit cannot be linked to itself."), field="parent")
        seen.add(parent.pk)
        parent = parent.parent


# --- The platform ---------------------------------------------------------------------------------------------------


def _check_operator(actor: Actor) -> None:
    if actor.user is None or not actor.user.is_operator or actor.membership is not None:
        raise NotPermitted(_("Only the platform's operator does this."))


@transaction.atomic
def make_operator(*, person: User) -> User:
    """Make an account, new or old, the platform's operator. One that holds a role in a county is refused."""
    if person.pk is None:
        with told_if_taken():
            person.save()
    person = _held(person)
    if any(membership.is_active for membership in memberships_of(person)):
        raise Refusal(
            _(
                "This person holds a role in a county, and the platform's operator sees no county's content. "
                "Please end the roles first, or use another account."
            ),
            field="username",
        )
    person.is_operator = True
    person.save(update_fields=["is_operator"])
    return person


@transaction.atomic
def save_county(*, actor: Actor, county: County, **values: Any) -> County:
    """Make or change a county (code, prefix, name, region, is_active). The operator's work."""
    _check_operator(actor)
    made = county.pk is None
    old = {} if made else {key: getattr(County.objects.get(pk=county.pk), key) for key in values}
    for key, value in values.items():
        setattr(county, key, value)
    with told_if_taken():
        county.save()
    transaction.on_commit(forget_counties)
    if made or old != values:
        with enter(county):
            _tell(actor, "county.add" if made else "county.edit", county, old=old, new=values)
    return county


@transaction.atomic
def add_first_admin(
    *, actor: Actor, county: County, username: str, name: str, email: str, office_name: str
) -> tuple[User, str]:
    """Make the account of a county's administrator, in an office for administration. Returns the initial password."""
    _check_operator(actor)
    password = initial_password()
    person = User(username=username, name=name, email=email, must_change_password=True)
    person.set_password(password)
    with told_if_taken():
        person.save()
    with enter(county):
        office, _made = Office.objects.get_or_create(
            code="administration", defaults={"county": county, "name": office_name}
        )
        membership = Membership.objects.create(county=county, user=person, office=office, role=Role.COUNTY_ADMIN)
        new = {"username": username, "name": name, "email": person.email, "role": Role.COUNTY_ADMIN.value}
        _tell(actor, "membership.add", membership, new=new)
    return person, password
