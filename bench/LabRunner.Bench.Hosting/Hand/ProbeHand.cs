using System.Text.Json.Nodes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Probing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What a probe by hand gave, as <c>probe --json</c> prints it.</summary>
/// <param name="Functions">Pins and evidence.</param>
/// <param name="Boards">Known boards, the most alike first, at most three.</param>
/// <param name="Board">Text of the proposed board file.</param>
/// <param name="Template">The proposed OpenBeken template.</param>
/// <param name="Folder">Run folder.</param>
public sealed record ProbeSight(IReadOnlyList<FunctionSight> Functions, IReadOnlyList<BoardSight> Boards, string Board, JsonObject Template, string Folder);

/// <summary>A function of the board, looked for.</summary>
/// <param name="Function">relay, button, led, cf, cf1, sel, uart, strap, rail, boot, relay-gap.</param>
/// <param name="Verdict">PASS, WARN, FAIL, NOT RUN.</param>
/// <param name="Gpio">Its pin; null: none found, or it has none.</param>
/// <param name="Role">Its role in OpenBeken.</param>
/// <param name="Said">Evidence in a sentence.</param>
/// <param name="Good">Stimuli that were answered as they should be.</param>
/// <param name="Of">Stimuli.</param>
public sealed record FunctionSight(string Function, string Verdict, int? Gpio, string? Role, string Said, int Good, int Of);

/// <summary>A known board beside what was found.</summary>
/// <param name="Board">Its name.</param>
/// <param name="Same">Functions that are the same.</param>
/// <param name="Differences">What differs, a clause each.</param>
public sealed record BoardSight(string Board, int Same, IReadOnlyList<string> Differences);

/// <summary>Finds out by hand which pin of a board does what, and keeps it in a run folder.</summary>
public static class ProbeHand
{
    private const int MostBoards = 3;

    /// <summary>What is wrong with the name of a proposed board file; null: nothing.</summary>
    public static string? NameProblem(string? name) => name is { Length: > 0 and <= 60 } && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') && !name.StartsWith('.')
        ? null
        : $"'{name}' is no name of a board file. Use letters, digits, dots and dashes, at most 60.";

    /// <summary>Probes the slot of a bench of one's own.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="options">How thorough.</param>
    /// <param name="name">Name of the proposed board.</param>
    /// <param name="title">Its title.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; the DUT's pins are put back.</param>
    /// <exception cref="BenchFaultException">A part of the bench failed, or the DUT does not answer.</exception>
    public static Task<ProbeSight> RunAsync(HandBench bench, ProbeOptions options, string name, string title, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(bench);
        return RunAsync(bench, bench.Inventory, bench.Folder, options, name, title, say, cancellationToken);
    }

    /// <summary>Probes a slot of a bench that is watched, into a run folder of its own. Afterwards the slot is off, or on again where it keeps its power.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="inventory">The bench's, its variables put in.</param>
    /// <param name="folder">Run folder; it is made.</param>
    /// <param name="options">How thorough.</param>
    /// <param name="name">Name of the proposed board.</param>
    /// <param name="title">Its title.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; the DUT's pins are put back.</param>
    /// <exception cref="BenchFaultException">A part of the bench failed, or the DUT does not answer.</exception>
    public static async Task<ProbeSight> RunAsync(
        SessionSlot slot, BenchInventory inventory, string folder, ProbeOptions options, string name, string title, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentNullException.ThrowIfNull(inventory);
        using RunFolder run = RunFolder.Create(folder, inventory.Name, folder);
        try
        {
            // Retention takes no run that is held.
            run.Hold();
            ProbeSight sight = await slot.BorrowAsync("the probe", "probe", (lent, token) => RunAsync(lent, inventory, run.Path, options, name, title, say, token), cancellationToken).ConfigureAwait(false);
            ReportRenderer.Render(run.Path);
            return sight;
        }
        finally
        {
            run.FreeReserve();
            run.RemoveIfNothingRan();
        }
    }

    /// <summary>Probes the slot.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="inventory">Its bench, its variables put in.</param>
    /// <param name="folder">Run folder without a journal.</param>
    /// <param name="options">How thorough.</param>
    /// <param name="name">Name of the proposed board.</param>
    /// <param name="title">Its title.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; the DUT's pins are put back.</param>
    /// <exception cref="BenchFaultException">A part of the bench failed, or the DUT does not answer.</exception>
    private static async Task<ProbeSight> RunAsync(
        IHandSlot bench, BenchInventory inventory, string folder, ProbeOptions options, string name, string title, Action<string> say, CancellationToken cancellationToken)
    {
        SlotEntry slot = bench.Slot.Entry;
        ProbeJournal journal = ProbeJournal.Open(folder, inventory, slot, bench.Clock, RunnerVersion.Text, name, title, say);
        await using (journal.ConfigureAwait(false))
        {
            try
            {
                PinProbe probe = new(bench.Slot, bench.Interlocks, bench.Clock, journal, options);
                await HandReady.EnsureUpAsync(bench, say, cancellationToken).ConfigureAwait(false);
                ProbeResult result = await probe.RunAsync(cancellationToken).ConfigureAwait(false);
                string chip = slot.Board.Description.Chip;
                string boards = BenchFolders.Find().Boards;
                BoardMatch[] matches = [.. BoardComparison.Compare(result, chip, BoardLoader.Names(boards).Select(n => BoardLoader.Load(n, boards).Description))];
                string board = BoardProposal.Yaml(name, title, chip, slot.Board.ConsoleBaud, $"./lab probe {slot.Name}, {bench.Clock.UtcAt(TimeSpan.Zero):yyyy-MM-dd}", result);
                string template = BoardProposal.Template(title, chip, result);
                journal.Finish(result, matches, [($"{name}.yaml", "application/yaml", board), ($"{name}.template.json", "application/json", template)], folder);
                return new ProbeSight(
                    [.. result.Findings.Select(f => new FunctionSight(f.Function, f.Verdict.ToText(), f.Gpio, f.Role, f.Said, f.Good, f.Of))],
                    [.. matches.Take(MostBoards).Select(m => new BoardSight(m.Board.Name, m.Same, m.Differences))], board, JsonNode.Parse(template)!.AsObject(), folder);
            }
            catch (PlugUnreachableException silent)
            {
                journal.End($"aborted: {silent.Message}");
                throw new BenchFaultException(
                    FaultKind.Network, $"slot {slot.Name}", $"the DUT does not answer ({silent.Message.TrimEnd('.')})", "A probe needs a DUT with OpenBeken in the bench's network: check its power, its Wi-Fi and 'http' of the slot", silent);
            }
            catch (Exception failure)
            {
                journal.End(failure is OperationCanceledException ? "aborted: interrupted" : $"aborted: {failure.Message}");
                throw;
            }
        }
    }
}
