from django.urls import path

from funding.views import contracts, payments, supplements

app_name = "funding"

urlpatterns = [
    path("<slug:county>/contracts/", contracts.contracts, name="contracts"),
    path("<slug:county>/payments/", payments.payments, name="payments"),
    path("<slug:county>/projects/<int:pk>/contracts/", contracts.of_project, name="of_project"),
    path("<slug:county>/projects/<int:pk>/contracts/new/", contracts.new_contract, name="new_contract"),
    path("<slug:county>/contracts/<int:pk>/", contracts.contract, name="contract"),
    path("<slug:county>/contracts/<int:pk>/end/", contracts.end_contract, name="end_contract"),
    path("<slug:county>/contracts/<int:pk>/papers/", contracts.contract_paper, name="contract_paper"),
    path("<slug:county>/contracts/<int:pk>/supplement/", supplements.supplement, name="supplement"),
    path("<slug:county>/supplements/<int:pk>/cancel/", supplements.cancel_supplement, name="cancel_supplement"),
    path("<slug:county>/contracts/<int:pk>/pay/", payments.pay, name="pay"),
    path("<slug:county>/payments/<int:pk>/cancel/", payments.cancel_payment, name="cancel_payment"),
]
