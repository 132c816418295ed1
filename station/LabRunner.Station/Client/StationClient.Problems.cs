using System.Net;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Station.Api;

namespace LabRunner.Station.Client;

/// <content>What a station refuses or fails at, as the exception that the same act throws without a station: same kind, same sentence.</content>
public sealed partial class StationClient
{
    private async Task<Exception> FaultAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        string text = await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        ProblemView? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<ProblemView>(text, Document.Json);
        }
        catch (JsonException)
        {
            // Something between here and the station answered.
        }

        return Rebuilt(problem is { Detail: not null, Type: not null }
            ? problem
            : new ProblemView("about:blank", "", (int)answer.StatusCode, $"{(int)answer.StatusCode} {answer.ReasonPhrase}"));
    }

    private Exception Rebuilt(ProblemView problem) => problem switch
    {
        { Stage: { } stage, Problem: { } wrong, Remedy: { } check } => new FlashFailedException(stage, wrong, check),
        { Fault: { } kind, Place: { } place, Problem: { } wrong, Remedy: { } remedy } => new BenchFaultException(kind, place, wrong, remedy),
        { Type: Problems.Type + Problems.Files, Files: { Count: > 0 } files } => new FileProblemsException(files),
        { Type: Problems.Type + Problems.OtaRefused, Problem: { } wrong } => new OtaRefusedException(wrong),
        { Type: Problems.Type + Problems.OtaFailed } => new OtaFailedException(problem.Detail),
        { Type: Problems.Type + ActionLog.KeyProblem } => Fault(FaultKind.Network, problem, "It may have been done, or not"),
        _ when StationDoor.Refused(Where, (HttpStatusCode)problem.Status, problem.Title, problem.Detail) is { } refused => refused,
        _ => (HttpStatusCode)problem.Status switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound => new UsageException(problem.Detail),
            HttpStatusCode.Conflict => Fault(FaultKind.Lease, problem, "Nothing was done"),
            _ => Fault(FaultKind.Process, problem, "See the station's log"),
        },
    };

    private BenchFaultException Fault(FaultKind kind, ProblemView problem, string remedy) => new(kind, $"station {Where}", problem.Detail.TrimEnd('.'), remedy);
}
