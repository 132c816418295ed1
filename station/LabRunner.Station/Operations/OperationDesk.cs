using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Operations;

/// <summary>What an operation is asked for with.</summary>
/// <param name="Kind">One of <see cref="OperationKinds"/>.</param>
/// <param name="Doing">The same as a person is told who wants the slot: "is flashing".</param>
/// <param name="Slot">Slot.</param>
/// <param name="Owner">Who.</param>
/// <param name="Why">Why; null: not said.</param>
/// <param name="Image">SHA-256 of the file; null: none.</param>
/// <param name="Name">What it is called.</param>
internal sealed record OperationOrder(string Kind, string Doing, string Slot, string Owner, string? Why, string? Image, string Name);

/// <summary>Kinds of operations, as callers know them.</summary>
internal static class OperationKinds
{
    public const string Flash = "flash";
    public const string Ota = "ota";
    public const string Probe = "probe";
    public const string FlashInfo = "flash-info";
    public const string FlashRead = "flash-read";
    public const string FlashErase = "flash-erase";
}

/// <summary>What came of an operation.</summary>
/// <param name="Outcome">For callers.</param>
/// <param name="Failed">Why it counts as failed all the same; null: it does not.</param>
internal sealed record OperationEnd(object Outcome, string? Failed);

/// <summary>
/// Long acts on slots: each goes on in the background whether or not anybody looks, and has its slot for itself. What one was is kept, so that
/// it can be asked for after a restart. Thread safe.
/// </summary>
internal sealed class OperationDesk
{
    private const int Kept = 100;
    private const string FileName = "operation.json";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly BenchKeeper _keeper;
    private readonly TimeProvider _clock;
    private readonly ILogger<OperationDesk> _log;
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);

    public OperationDesk(StationOptions options, BenchKeeper keeper, TimeProvider clock, ILogger<OperationDesk> log)
    {
        (_folder, _keeper, _clock, _log) = (Path.Combine(options.StateFolder, "operations"), keeper, clock, log);
        StateFile.MakeFolder(_folder);
        foreach (string folder in Directory.GetDirectories(_folder))
        {
            if (Read(Path.Combine(folder, FileName)) is { } view)
            {
                _operations[view.Id] = new Operation(view.State == OperationState.Running ? Abandoned(view) : view, folder, clock);
            }
        }
    }

    /// <summary>All, newest first.</summary>
    public IReadOnlyList<OperationView> All()
    {
        lock (_gate)
        {
            return [.. _operations.Values.Select(o => o.View).OrderByDescending(o => o.Created)];
        }
    }

    /// <summary>One by its id; null: there is none.</summary>
    public Operation? Find(string id)
    {
        lock (_gate)
        {
            return _operations.GetValueOrDefault(id);
        }
    }

    /// <summary>Begins one, or refuses it: what is refused leaves no trace.</summary>
    /// <param name="order">What.</param>
    /// <param name="act">Does it; the slot is its alone.</param>
    /// <exception cref="BenchFaultException">Somebody else or a run has the slot, an operation goes on there, or the bench is not open.</exception>
    public async Task<Operation> BeginAsync(OperationOrder order, Func<Operation, OpenBench, SessionSlot, CancellationToken, Task<OperationEnd>> act)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        string id = JobBook.NewId(now);
        OperationView view = new(id, order.Kind, order.Slot, OperationState.Running, order.Owner, order.Why, order.Image, order.Name, now, null, null, [], null, null);
        Operation operation = new(view, Path.Combine(_folder, id), _clock);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<OperationEnd> work = _keeper.HoldAsync(
            order.Slot, order.Owner, $"{order.Owner} {order.Doing} it since {Leases.LeaseDesk.Time(now)} (operation {id})",
            async (bench, hand, ending) =>
            {
                await begun.Task.ConfigureAwait(false);
                return await act(operation, bench, hand, ending).ConfigureAwait(false);
            },
            operation.Cancelling);
        if (work.IsCompleted)
        {
            // Only a refusal is over before it has begun.
            await work.ConfigureAwait(false);
        }

        try
        {
            Keep(operation);
        }
        catch (Exception failure)
        {
            begun.SetException(failure);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        _log.LogInformation("Operation {Operation}: {Owner} {Doing} {Slot} ({Name}).", id, order.Owner, order.Doing, order.Slot, order.Name);
        begun.SetResult();
        _ = FinishAsync(operation, work);
        return operation;
    }

    private async Task FinishAsync(Operation operation, Task<OperationEnd> work)
    {
        await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        operation.End(view => work switch
        {
            { IsCompletedSuccessfully: true } => Ended(view, work.Result),
            _ when operation.CancelledBy is { } who => view with
            {
                State = OperationState.Cancelled, Problem = new ProblemView(Problems.Type + "cancelled", "It was cancelled", 409, Cancelled(view, who, work.Exception?.InnerException)),
            },
            _ => view with { State = OperationState.Failed, Problem = Problems.Describe(work.Exception?.InnerException ?? new OperationCanceledException()) },
        });
        OperationView ended = operation.View;
        _log.LogInformation("Operation {Operation} on {Slot} ended: {State}. {Detail}", ended.Id, ended.Slot, ended.State, ended.Problem?.Detail);
        try
        {
            Write(operation);
        }
        catch (BenchFaultException full)
        {
            // It is still told to who asks; only the next station will not know its end.
            _log.LogWarning("The end of operation {Operation} could not be kept: {Problem}", ended.Id, full.Message);
        }
    }

    private static OperationView Ended(OperationView view, OperationEnd end) => view with
    {
        State = end.Failed is null ? OperationState.Done : OperationState.Failed,

        // As the verbs print it, so that who reads both needs one reader.
        Outcome = JsonSerializer.SerializeToElement(end.Outcome, end.Outcome.GetType(), JsonSerializerOptions.Web),
        Problem = end.Failed is { } failed ? new ProblemView(Problems.Type + "product", "The device did not do as it should", 502, failed) : null,
    };

    private static string Cancelled(OperationView view, string who, Exception? failure) =>
        failure is BenchFaultException fault ? $"{who} cancelled it, and then: {fault.Message}"
        : view.Kind == OperationKinds.Probe ? $"{who} cancelled it; the DUT was given its pins back, and power is off unless the slot keeps it."
        : $"{who} cancelled it; BOOT is released, and power off unless the slot keeps it. {Left(view.Kind)}";

    private OperationView Abandoned(OperationView view) => view with
    {
        State = OperationState.Failed, Ended = _clock.GetUtcNow(),
        Problem = new ProblemView(
            Problems.Type + "station", "The station ended", 503,
            view.Kind == OperationKinds.Probe ? "The station ended in the middle of it; its guard switched off. The DUT may have pins of the probe: set them again before you use it, or probe again and set them then."
            : $"The station ended in the middle of it; its guard released BOOT and switched off. {Left(view.Kind)}"),
    };

    /// <summary>What stands in a chip's flash after a cut, and what to do.</summary>
    private static string Left(string kind) => kind switch
    {
        OperationKinds.FlashInfo or OperationKinds.FlashRead => "The flash is as it was.",
        OperationKinds.FlashErase => "A part may be erased; the same order erases the rest.",
        _ => "The same order goes on with what is written.",
    };

    private void Keep(Operation operation)
    {
        StateFile.MakeFolder(operation.Folder);
        Write(operation);
        lock (_gate)
        {
            _operations[operation.View.Id] = operation;
            foreach (Operation old in _operations.Values.Where(o => o.View.Ended is not null).OrderByDescending(o => o.View.Created).Skip(Kept).ToList())
            {
                Directory.Delete(old.Folder, recursive: true);
                _operations.Remove(old.View.Id);
                old.Dispose();
            }
        }
    }

    private static void Write(Operation operation) => StateFile.Write(Path.Combine(operation.Folder, FileName), JsonSerializer.Serialize(operation.View, Document.Json));

    private static OperationView? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<OperationView>(File.ReadAllText(file), Document.Json);
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            // A folder without a whole description is of nobody's use; the others count.
            return null;
        }
    }
}
