"""Addresses of the workflow."""

from django.urls import path

from workflow.views import (
    audit,
    clocks,
    delegations,
    exports,
    filings,
    help,
    jobs,
    notices,
    papers,
    passing_on,
    people,
    project,
    queue,
)

app_name = "workflow"

urlpatterns = [
    path("<slug:county>/", queue.home, name="home"),
    path("<slug:county>/counts/", queue.counts, name="counts"),
    path("<slug:county>/queue/", queue.queue, name="queue"),
    path("<slug:county>/queue/next/", queue.next_item, name="next"),
    path("<slug:county>/queue/claim/", queue.claim, name="claim"),
    path("<slug:county>/queue/decide/", queue.decide, name="decide"),
    path("<slug:county>/queue/pass-on/", passing_on.pass_on, name="pass_on"),
    path("<slug:county>/queue/views/", queue.save_view, name="save_view"),
    path("<slug:county>/notices/", notices.notices, name="notices"),
    path("<slug:county>/notices/read/", notices.read_all, name="read_all"),
    path("<slug:county>/notices/<int:pk>/", notices.open_notice, name="open_notice"),
    path("<slug:county>/settings/", notices.my_settings, name="settings"),
    path("<slug:county>/help/", help.help_page, name="help"),
    path("<slug:county>/help/understood/", help.understood, name="hint_closed"),
    path("<slug:county>/documents/<int:pk>/", papers.document, name="document"),
    path("<slug:county>/projects/<int:pk>/deadlines/", project.deadlines, name="deadlines"),
    path("<slug:county>/clocks/<int:pk>/", clocks.clock, name="clock"),
    path("<slug:county>/projects/<int:pk>/history/", project.history, name="history"),
    path("<slug:county>/exports/", exports.export, name="export"),
    path("<slug:county>/jobs/", jobs.jobs, name="jobs"),
    path("<slug:county>/jobs/<int:pk>/", jobs.job, name="job"),
    path("<slug:county>/jobs/<int:pk>/cancel/", jobs.cancel_job, name="cancel_job"),
    path("<slug:county>/jobs/<int:pk>/result/", jobs.job_result, name="job_result"),
    path("<slug:county>/people/", people.people, name="people"),
    path("<slug:county>/offices/", people.offices, name="offices"),
    path("<slug:county>/offices/<int:pk>/hand-over/", people.hand_over, name="hand_over"),
    path("<slug:county>/delegations/", delegations.delegations_page, name="delegations"),
    path("<slug:county>/delegations/<int:pk>/end/", delegations.end, name="delegation_end"),
    path("<slug:county>/filings/<int:pk>/edit/", filings.edit, name="filing_edit"),
    path("<slug:county>/filings/<int:pk>/save/", filings.save, name="filing_save"),
    path("<slug:county>/filings/<int:pk>/submit/", filings.submit, name="filing_submit"),
    path("<slug:county>/filings/<int:pk>/withdraw/", filings.withdraw, name="filing_withdraw"),
    path("<slug:county>/filings/<int:pk>/attach/", filings.attach, name="filing_attach"),
    path("<slug:county>/filings/<int:pk>/papers/<int:paper>/remove/", filings.detach, name="filing_detach"),
    path("<slug:county>/audit/", audit.audit, name="audit"),
]
