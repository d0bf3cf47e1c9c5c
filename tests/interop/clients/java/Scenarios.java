package scenarios;

import demo.ApiClient;
import demo.ApiException;
import demo.ApiResponse;
import demo.api.LaboratoryApi;
import demo.api.PatientsApi;
import demo.api.WeatherApi;
import demo.model.CallProblem;
import demo.model.Code;
import demo.model.FhirEntrySearch;
import demo.model.FhirObservation;
import demo.model.FhirObservationEntry;
import demo.model.FhirPatient;
import demo.model.GetPatientsByIdSummaryAnswer;
import demo.model.ParameterProblem;
import demo.model.PostPatientsByIdOrdersAnswer;
import demo.model.PostPatientsByIdOrdersBody;
import demo.model.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * What an application does with the client that openapi-generator makes of the demo's document.
 * Everything is read through the generated types.
 */
public final class Scenarios {
    private final String url;

    private Scenarios(String url) {
        this.url = url;
    }

    public static void main(String[] arguments) throws Exception {
        Scenarios scenarios = new Scenarios(arguments[0]);
        switch (arguments[1]) {
            case "whole" -> scenarios.whole();
            case "partial" -> scenarios.partial();
            case "key" -> scenarios.key();
            case "public" -> scenarios.open();
            case "order" -> scenarios.order();
            case "unauthenticated" -> scenarios.unauthenticated();
            case "absent" -> scenarios.absent();
            case "invalid" -> scenarios.invalid();
            default -> throw new IllegalArgumentException("no scenario is called " + arguments[1]);
        }
    }

    private void whole() throws ApiException {
        ApiResponse<GetPatientsByIdSummaryAnswer> response =
                new PatientsApi(portal()).getPatientsByIdSummaryWithHttpInfo("pat-001");
        GetPatientsByIdSummaryAnswer answer = response.getData();
        equal(complete(response), "true", "Manifold-Complete");
        equal(answer.getPatient().getResourceType(), FhirPatient.ResourceTypeEnum.PATIENT, "the type of the patient");
        equal(answer.getPatient().getId(), "pat-001", "the id of the patient");
        equal(answer.getProblems(), List.of(), "problems");
        FhirObservationEntry first = answer.getVitals().getEntry().get(0);
        FhirObservation observation = first.getResource().getFhirObservation();
        equal(observation.getResourceType(), FhirObservation.ResourceTypeEnum.OBSERVATION, "the type of an entry");
        equal(first.getSearch().getMode(), FhirEntrySearch.ModeEnum.MATCH, "the mode of an entry");
    }

    private void partial() throws ApiException {
        ApiResponse<GetPatientsByIdSummaryAnswer> response =
                new PatientsApi(portal()).getPatientsByIdSummaryWithHttpInfo("pat-001");
        GetPatientsByIdSummaryAnswer answer = response.getData();
        equal(complete(response), "false", "Manifold-Complete");
        equal(answer.getPatient().getId(), "pat-001", "the id of the patient");
        equal(answer.getCoverage(), null, "the coverage");
        equal(answer.getProblems().size(), 1, "the number of problems");
        CallProblem problem = answer.getProblems().get(0);
        equal(problem.getCall(), "coverage", "the call");
        equal(problem.getBackend(), "insurer", "the backend");
        equal(problem.getNeed(), CallProblem.NeedEnum.OPTIONAL, "the need");
        equal(problem.getOutcome(), CallProblem.OutcomeEnum.FAILED, "the outcome");
        equal(problem.getCode(), Code.UPSTREAM_CONNECT, "the code");
    }

    private void key() throws ApiException {
        ApiClient robot = client("X-API-Key", "demo-key");
        String number = new LaboratoryApi(robot).getLabsByNumber("LAB-500001").getResults().getNumber();
        equal(number, "LAB-500001", "the number");
    }

    private void open() throws ApiException {
        new WeatherApi(client()).getWeather("Zürich");
    }

    private void order() throws ApiException {
        PostPatientsByIdOrdersBody body = new PostPatientsByIdOrdersBody()
                .test("HbA1c")
                .priority(PostPatientsByIdOrdersBody.PriorityEnum.URGENT);
        ApiResponse<PostPatientsByIdOrdersAnswer> response =
                new LaboratoryApi(portal()).postPatientsByIdOrdersWithHttpInfo("pat-001", body, "order-java");
        equal(response.getStatusCode(), 201, "the status");
        equal(response.getData().getPatient().getId(), "pat-001", "the id of the patient");
    }

    private void unauthenticated() throws Exception {
        ApiClient stranger = basic("wrong");
        Problem problem = refused(stranger, () -> new PatientsApi(stranger).getPatientsByIdSummary("pat-001"));
        equal(problem.getStatus(), 401, "the status");
        equal(problem.getCode(), Code.UNAUTHENTICATED, "the code");
    }

    private void absent() throws Exception {
        ApiClient portal = portal();
        Problem problem = refused(portal, () -> new PatientsApi(portal).getPatientsByIdSummary("nobody"));
        equal(problem.getStatus(), 404, "the status");
        equal(problem.getCode(), Code.NOT_FOUND, "the code");
        CallProblem patient = problem.getCalls().stream()
                .filter(call -> call.getCall().equals("patient"))
                .findFirst()
                .orElseThrow();
        equal(patient.getOutcome(), CallProblem.OutcomeEnum.ABSENT, "the outcome");
        equal(patient.getCode(), Code.NOT_FOUND, "the call's code");
    }

    private void invalid() throws Exception {
        ApiClient portal = portal();
        Problem problem = refused(portal, () ->
                new PatientsApi(portal).getPatientsByIdObservations("pat-001", null, "no LOINC code"));
        equal(problem.getStatus(), 400, "the status");
        equal(problem.getCode(), Code.INVALID_PARAMETER, "the code");
        equal(problem.getErrors().size(), 1, "the number of errors");
        ParameterProblem error = problem.getErrors().get(0);
        equal(error.getIn(), ParameterProblem.InEnum.QUERY, "the place");
        equal(error.getName(), "code", "the name");
    }

    private interface Operation {
        Object call() throws ApiException;
    }

    /** The problem of an operation that was to fail. */
    private static Problem refused(ApiClient client, Operation operation) throws Exception {
        try {
            throw new AssertionError("an answer instead of a problem: " + operation.call());
        } catch (ApiException exception) {
            Problem problem = client.getObjectMapper().readValue(exception.getResponseBody(), Problem.class);
            equal(exception.getCode(), problem.getStatus(), "the status");
            return problem;
        }
    }

    private ApiClient portal() {
        return basic("demo-password");
    }

    private ApiClient basic(String password) {
        byte[] pair = ("portal:" + password).getBytes(StandardCharsets.UTF_8);
        return client("Authorization", "Basic " + Base64.getEncoder().encodeToString(pair));
    }

    private ApiClient client(String header, String value) {
        return client().setRequestInterceptor(request -> request.header(header, value));
    }

    private ApiClient client() {
        ApiClient client = new ApiClient();
        client.updateBaseUri(url);
        return client;
    }

    private static String complete(ApiResponse<?> response) {
        return response.getHeaders().get("manifold-complete").get(0);
    }

    private static void equal(Object actual, Object expected, String what) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(what + ": " + actual + " instead of " + expected);
        }
    }
}
