using LabRunner.Bench.Inventory;
using LabRunner.Bench.Probing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What a probe by hand gave.</summary>
/// <param name="Result">Pins and evidence.</param>
/// <param name="Matches">Known boards, the most alike first.</param>
/// <param name="Board">Text of the proposed board file.</param>
/// <param name="Template">Text of the proposed OpenBeken template.</param>
/// <param name="Folder">Run folder.</param>
public sealed record ProbeOutcome(ProbeResult Result, IReadOnlyList<BoardMatch> Matches, string Board, string Template, string Folder);

/// <summary>Finds out by hand which pin of a board does what, and keeps it in a run folder.</summary>
public static class ProbeHand
{
    /// <summary>Probes the slot.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="options">How thorough.</param>
    /// <param name="name">Name of the proposed board.</param>
    /// <param name="title">Its title.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; the DUT's pins are put back.</param>
    /// <exception cref="BenchFaultException">A part of the bench failed, or the DUT does not answer.</exception>
    public static async Task<ProbeOutcome> RunAsync(
        HandBench bench, ProbeOptions options, string name, string title, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(bench);
        SlotEntry slot = bench.Slot.Entry;
        ProbeJournal journal = ProbeJournal.Open(bench.Folder, bench.Inventory, slot, bench.Clock, RunnerVersion.Text, name, title, say);
        await using (journal.ConfigureAwait(false))
        {
            try
            {
                PinProbe probe = new(bench.Slot, bench.Interlocks, bench.Clock, journal, options);
                await HandReady.EnsureUpAsync(bench, say, cancellationToken).ConfigureAwait(false);
                ProbeResult result = await probe.RunAsync(cancellationToken).ConfigureAwait(false);
                string chip = slot.Board.Description.Chip;
                string folder = BenchFolders.Find().Boards;
                BoardMatch[] matches = [.. BoardComparison.Compare(result, chip, BoardLoader.Names(folder).Select(n => BoardLoader.Load(n, folder).Description))];
                string board = BoardProposal.Yaml(name, title, chip, slot.Board.ConsoleBaud, $"./lab probe {slot.Name}, {bench.Clock.UtcAt(TimeSpan.Zero):yyyy-MM-dd}", result);
                string template = BoardProposal.Template(title, chip, result);
                journal.Finish(result, matches, [($"{name}.yaml", "application/yaml", board), ($"{name}.template.json", "application/json", template)], bench.Folder);
                return new ProbeOutcome(result, matches, board, template, bench.Folder);
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
