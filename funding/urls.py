from django.urls import path

from funding import views

app_name = "funding"

urlpatterns = [
    path("<slug:county>/contracts/", views.contracts, name="contracts"),
    path("<slug:county>/payments/", views.payments, name="payments"),
    path("<slug:county>/projects/<int:pk>/contracts/", views.of_project, name="of_project"),
    path("<slug:county>/projects/<int:pk>/contracts/new/", views.new_contract, name="new_contract"),
    path("<slug:county>/contracts/<int:pk>/", views.contract, name="contract"),
    path("<slug:county>/contracts/<int:pk>/end/", views.end_contract, name="end_contract"),
    path("<slug:county>/contracts/<int:pk>/pay/", views.pay, name="pay"),
    path("<slug:county>/payments/<int:pk>/cancel/", views.cancel_payment, name="cancel_payment"),
]
