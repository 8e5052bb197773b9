from django.urls import path

from accounts.views import entrance, offices, people, platform

app_name = "accounts"
urlpatterns = [
    path("", entrance.home, name="home"),
    path("platform/", platform.platform, name="platform"),
    path("platform/counties/new/", platform.platform_county, name="platform_new_county"),
    path("platform/counties/<int:pk>/", platform.platform_county, name="platform_county"),
    path("platform/counties/<int:pk>/admin/", platform.platform_admin, name="platform_admin"),
    path("<slug:county>/role/", entrance.roles, name="roles"),
    path("<slug:county>/people/new/", people.new_person, name="new_person"),
    path("<slug:county>/people/existing/", people.existing_person, name="existing_person"),
    path("<slug:county>/people/<int:pk>/", people.person, name="person"),
    path("<slug:county>/people/<int:pk>/roles/", people.add_role, name="add_role"),
    path("<slug:county>/people/<int:pk>/roles/<int:membership>/end/", people.end_role, name="end_role"),
    path("<slug:county>/people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("<slug:county>/people/<int:pk>/password/", people.renew_password, name="renew_password"),
    path("<slug:county>/arrangements/", offices.arrangements, name="arrangements"),
    path("<slug:county>/offices/new/", offices.office, name="new_office"),
    path("<slug:county>/offices/<int:pk>/", offices.office, name="office"),
]
