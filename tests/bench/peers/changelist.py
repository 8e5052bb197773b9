"""The queue as Django's admin shows it: the same rows of the same office, in the county's scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest, HttpResponse

from accounts.models import Membership
from jurisdictions.scope import enter, only_person
from workflow.listings.listing import PAGE
from workflow.models import WorkItem


class ScopedSite(AdminSite):
    """Admin pages in the county of whoever asks."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        inner = super().admin_view(view, cacheable)

        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with only_person(request.user.pk):
                membership = Membership.everywhere.select_related("county").get(pk=request.GET["for"])
            request.GET = type(request.GET)("")
            request.office = membership.office_id
            with enter(membership.county, user_id=request.user.pk):
                return inner(request, *args, **kwargs).render()

        return scoped


class Items(ModelAdmin):
    """The columns of the queue."""

    list_display = ("project", "number", "unit", "investment", "step", "duty", "opened_at", "due_on", "claimed_by")
    list_select_related = ("project__owner_unit", "step", "claimed_by")
    list_per_page = PAGE
    ordering = ("due_on", "pk")
    search_fields = ("project__name",)
    list_filter = ("duty",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(office=request.office, closed_at=None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_module_permission = has_view_permission

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_delete_permission = has_change_permission

    def number(self, item: WorkItem) -> str:
        return item.project.number

    def unit(self, item: WorkItem) -> str:
        return item.project.owner_unit.name

    def investment(self, item: WorkItem) -> Any:
        return item.project.investment


site = ScopedSite(name="peers")
site.register(WorkItem, Items)
