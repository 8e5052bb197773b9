"""Addresses of the demonstration and the gallery."""

from django.urls import path

from demo import views
from demo.gallery import gallery

app_name = "demo"

urlpatterns = [
    path("demo/", views.people, name="people"),
    path("demo/sign-in/", views.sign_in, name="sign_in"),
    path("gallery/", gallery, name="gallery"),
]
