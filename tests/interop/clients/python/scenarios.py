"""What an application does with the client that openapi-python-client makes of the demo's document.

Everything is read through the generated types: what they do not say does not pass `mypy --strict`.
"""

import base64
import sys
from typing import TypeVar

from demo import AuthenticatedClient, Client
from demo.api.laboratory import get_labs_by_number, post_patients_by_id_orders
from demo.api.patients import get_patients_by_id_observations, get_patients_by_id_summary
from demo.api.weather import get_weather
from demo.models.call_problem_need import CallProblemNeed
from demo.models.call_problem_outcome import CallProblemOutcome
from demo.models.code import Code
from demo.models.fhir_entry_search import FhirEntrySearch
from demo.models.fhir_entry_search_mode import FhirEntrySearchMode
from demo.models.fhir_observation import FhirObservation
from demo.models.get_patients_by_id_summary_answer import GetPatientsByIdSummaryAnswer
from demo.models.parameter_problem_in import ParameterProblemIn
from demo.models.post_patients_by_id_orders_body import PostPatientsByIdOrdersBody
from demo.models.post_patients_by_id_orders_body_priority import PostPatientsByIdOrdersBodyPriority
from demo.models.problem import Problem
from demo.types import Response, Unset

T = TypeVar("T")
URL, SCENARIO = sys.argv[1:]


def basic(password: str) -> AuthenticatedClient:
    token = base64.b64encode(f"portal:{password}".encode()).decode()
    return AuthenticatedClient(base_url=URL, token=token, prefix="Basic")


PORTAL = basic("demo-password")
ROBOT = AuthenticatedClient(base_url=URL, token="demo-key", prefix="", auth_header_name="X-API-Key")
NOBODY = Client(base_url=URL)


def answered(response: Response[T | Problem]) -> T:
    """What an operation promised when it did not fail."""
    assert response.parsed is not None and not isinstance(response.parsed, Problem), response.parsed
    return response.parsed


def refused(response: Response[T | Problem]) -> Problem:
    """The problem of an operation that was to fail."""
    assert isinstance(response.parsed, Problem), response.parsed
    assert response.parsed.status == response.status_code
    return response.parsed


def said(value: T | Unset) -> T:
    """What may have been left out, and was not."""
    assert not isinstance(value, Unset)
    return value


def summary(client: AuthenticatedClient, patient: str) -> Response[GetPatientsByIdSummaryAnswer | Problem]:
    return get_patients_by_id_summary.sync_detailed(patient, client=client)


def whole() -> None:
    response = summary(PORTAL, "pat-001")
    answer = answered(response)
    assert response.headers["Manifold-Complete"] == "true"
    assert answer.patient.resource_type == "Patient"
    assert answer.patient.id == "pat-001"
    assert isinstance(answer.problems, Unset)
    # An optional call's member may be None, and the types say so: an ignore that is not needed is an error.
    assert answer.vitals.type_ == "searchset"  # type: ignore[union-attr]
    assert answer.vitals is not None
    first = said(answer.vitals.entry)[0]
    assert isinstance(first.resource, FhirObservation)
    assert isinstance(first.search, FhirEntrySearch)
    assert first.search.mode is FhirEntrySearchMode.MATCH


def partial() -> None:
    response = summary(PORTAL, "pat-001")
    answer = answered(response)
    assert response.headers["Manifold-Complete"] == "false"
    assert answer.patient.id == "pat-001"
    assert answer.coverage is None
    (problem,) = said(answer.problems)
    assert (problem.call, problem.backend) == ("coverage", "insurer")
    assert problem.need is CallProblemNeed.OPTIONAL
    assert problem.outcome is CallProblemOutcome.FAILED
    assert problem.code is Code.UPSTREAM_CONNECT


def key() -> None:
    answer = answered(get_labs_by_number.sync_detailed("LAB-500001", client=ROBOT))
    assert answer.results.number == "LAB-500001"


def public() -> None:
    answered(get_weather.sync_detailed(client=NOBODY, city="Zürich"))


def order() -> None:
    body = PostPatientsByIdOrdersBody(test="HbA1c", priority=PostPatientsByIdOrdersBodyPriority.URGENT)
    response = post_patients_by_id_orders.sync_detailed(
        "pat-001", client=PORTAL, body=body, idempotency_key="order-python"
    )
    assert response.status_code == 201
    assert answered(response).patient.id == "pat-001"


def unauthenticated() -> None:
    problem = refused(summary(basic("wrong"), "pat-001"))
    assert problem.status == 401
    assert problem.code is Code.UNAUTHENTICATED


def absent() -> None:
    problem = refused(summary(PORTAL, "nobody"))
    assert problem.status == 404
    assert problem.code is Code.NOT_FOUND
    (patient,) = (call for call in said(problem.calls) if call.call == "patient")
    assert patient.outcome is CallProblemOutcome.ABSENT
    assert patient.code is Code.NOT_FOUND


def invalid() -> None:
    response = get_patients_by_id_observations.sync_detailed("pat-001", client=PORTAL, code="no LOINC code")
    problem = refused(response)
    assert problem.status == 400
    assert problem.code is Code.INVALID_PARAMETER
    (error,) = said(problem.errors)
    assert error.in_ is ParameterProblemIn.QUERY
    assert error.name == "code"


SCENARIOS = (whole, partial, key, public, order, unauthenticated, absent, invalid)
{scenario.__name__: scenario for scenario in SCENARIOS}[SCENARIO]()
