from django.urls import path

from funding.views import amendments, contracts, payments

app_name = "funding"

urlpatterns = [
    path("<slug:county>/contracts/", contracts.contracts, name="contracts"),
    path("<slug:county>/payments/", payments.payments, name="payments"),
    path("<slug:county>/projects/<int:pk>/contracts/", contracts.of_project, name="of_project"),
    path("<slug:county>/projects/<int:pk>/contracts/new/", contracts.new_contract, name="new_contract"),
    path("<slug:county>/contracts/<int:pk>/", contracts.contract, name="contract"),
    path("<slug:county>/contracts/<int:pk>/end/", contracts.end_contract, name="end_contract"),
    path("<slug:county>/contracts/<int:pk>/papers/", contracts.contract_paper, name="contract_paper"),
    path("<slug:county>/contracts/<int:pk>/amendment/", amendments.amendment, name="amendment"),
    path("<slug:county>/amendments/<int:pk>/cancel/", amendments.cancel_amendment, name="cancel_amendment"),
    path("<slug:county>/contracts/<int:pk>/pay/", payments.pay, name="pay"),
    path("<slug:county>/payments/<int:pk>/cancel/", payments.cancel_payment, name="cancel_payment"),
]
