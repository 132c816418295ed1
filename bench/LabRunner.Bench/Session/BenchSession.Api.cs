using System.Collections.Concurrent;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Session;

/// <content>The slot calls of <see cref="IBenchApi"/>.</content>
public sealed partial class BenchSession
{
    private readonly ConcurrentDictionary<long, string> _suiteIntents = [];

    /// <inheritdoc/>
    public Task<BenchDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new BenchDescription(
        _options.Inventory.Name, _options.Plan.Name, _options.Seed, Path.GetFullPath(_options.RunFolder),
        [.. _options.Slots.Select(s => new SlotDescription(
            s.Entry.Name, s.Entry.Board.Description, CapabilitiesOf(s), s.Entry.Http, s.Entry.MqttClient, s.Entry.Sentinel, s.RelaySense?.Resolution))],
        _options.Plan.Suites, _options.Inventory.Firmware, _options.Plan.Watch.SelfHeal)
    {
        RelayBudget = _options.Plan.RelayBudget,
        MtbfGoodHours = _options.Plan.Goals.MtbfGoodHours,
        NetworkEffects = [.. _options.Network?.Effects.Order() ?? Enumerable.Empty<NetworkEffect>()],
    });

    /// <inheritdoc/>
    public Task<SlotStatus> GetStatusAsync(string slot, CancellationToken cancellationToken) => Task.FromResult(Slot(slot).Status());

    /// <inheritdoc/>
    public Task<SlotStatus> WaitReadyAsync(string slot, TimeSpan limit, CancellationToken cancellationToken) =>
        Slot(slot).WaitReadyAsync(limit, cancellationToken);

    /// <inheritdoc/>
    public Task<long> OpenIntentAsync(string slot, string kind, string text, IReadOnlyDictionary<string, string> data, CancellationToken cancellationToken)
    {
        long id = Slot(slot).OpenIntent(kind, text, data.GetValueOrDefault("suite") ?? SuiteOf(slot), data).Id;
        _suiteIntents[id] = slot;
        return Task.FromResult(id);
    }

    /// <inheritdoc/>
    public Task CloseIntentAsync(long intent, CancellationToken cancellationToken)
    {
        _suiteIntents.TryRemove(intent, out _);
        _ = _slots.Values.Any(s => s.CloseIntent(intent));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SwitchPowerAsync(string slot, bool on, CancellationToken cancellationToken) => Slot(slot).SwitchPowerAsync(on, cancellationToken);

    /// <inheritdoc/>
    public Task<TimeSpan> DipSupplyAsync(string slot, double volts, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken) =>
        Slot(slot).DipSupplyAsync(volts, duration, ramp, cancellationToken);

    /// <inheritdoc/>
    public Task SetBootStrapAsync(string slot, bool asserted, CancellationToken cancellationToken) => Slot(slot).SetBootStrapAsync(asserted, cancellationToken);

    /// <inheritdoc/>
    public Task SetResetAsync(string slot, bool asserted, CancellationToken cancellationToken) => Slot(slot).SetResetAsync(asserted, cancellationToken);

    /// <inheritdoc/>
    public Task<PressOutcome> PressAsync(string slot, TimeSpan duration, CancellationToken cancellationToken) => Slot(slot).PressAsync(duration, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PressOutcome>> MoveButtonAsync(string slot, ButtonMoves moves, CancellationToken cancellationToken) => Slot(slot).MoveButtonAsync(moves, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ReadRelayAsync(string slot, CancellationToken cancellationToken) => Slot(slot).ReadRelayAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RelayEdge>> GetRelayEdgesAsync(string slot, TimeSpan since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RelayEdge>>([.. Slot(slot).Relay.Since(since).Select(e => new RelayEdge(e.At, e.Closed))]);

    /// <inheritdoc/>
    public Task<RailFigures> ReadRailAsync(string slot, CancellationToken cancellationToken) => Slot(slot).ReadRailAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<InjectedLoad> InjectAsync(string slot, LoadPoint load, CancellationToken cancellationToken) => Slot(slot).InjectAsync(load, cancellationToken);

    /// <inheritdoc/>
    public Task<ReferenceFigures> ReadMeterAsync(string slot, CancellationToken cancellationToken) => Slot(slot).ReadMeterAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<CountedPulses> CountPulsesAsync(string slot, CancellationToken cancellationToken) => Slot(slot).CountPulsesAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<long> MarkConsoleAsync(string slot, CancellationToken cancellationToken) => Task.FromResult(Console(slot).Ring.Next);

    /// <inheritdoc/>
    public Task<ConsoleText?> ExpectAsync(string slot, string pattern, long mark, TimeSpan limit, CancellationToken cancellationToken) =>
        Console(slot).Ring.ExpectAsync(pattern, mark, limit, _options.Clock, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ConsoleText>> ReadConsoleAsync(string slot, long mark, int most, CancellationToken cancellationToken) =>
        Task.FromResult(Console(slot).Ring.Read(mark, most));

    /// <inheritdoc/>
    public Task WriteConsoleAsync(string slot, string text, CancellationToken cancellationToken) =>
        Slot(slot).WriteConsoleAsync(text, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<IncidentRecord>> GetIncidentsAsync(string slot, TimeSpan since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<IncidentRecord>>([.. Slot(slot).Incidents.Where(i => i.FirstSymptom >= since.TotalSeconds)]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BootRecord>> GetBootsAsync(string slot, TimeSpan since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<BootRecord>>([.. Slot(slot).Boots.Where(b => b.At >= since.TotalSeconds)]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<NetworkAbsence>> GetNetworkAbsencesAsync(string slot, TimeSpan since, CancellationToken cancellationToken) =>
        Task.FromResult(Slot(slot).AbsencesSince(since));

    /// <inheritdoc/>
    public Task<SequentialStanding> GetSequentialAsync(string slot, CancellationToken cancellationToken)
    {
        string product = ProductOf(Slot(slot));
        NightFacts facts = FactsAt(_options.Clock.Elapsed.TotalSeconds, Completed);
        SequentialTest test = SequentialTest.Of(facts, [.. facts.Slots.Where(s => s.Product == product)]);
        return Task.FromResult(new SequentialStanding(test.State != SprtState.Continue, test.State == SprtState.Accept, test.Row(product).Text));
    }

    /// <inheritdoc/>
    public Task<long> ReportFindingAsync(Finding finding, CancellationToken cancellationToken) =>
        Task.FromResult(Slot(finding.Slot).Report(finding, "suite"));

    /// <inheritdoc/>
    public Task<string> AcquireAsync(string part, CancellationToken cancellationToken) => _parts.AcquireAsync(part, cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseAsync(string token, CancellationToken cancellationToken)
    {
        _parts.Release(token);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Lets a flasher at a slot: off at first, the console's port free, the watch told. Whatever becomes of it, BOOT and reset are released
    /// afterwards and the supply is off, or on again where the slot keeps its power.
    /// </summary>
    /// <param name="slot">Slot.</param>
    /// <param name="text">What is done and by whom, for the journal.</param>
    /// <param name="act">The flasher; told to end also when E-stop or lid opens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchFaultException">The slot has no console, is being flashed, is not safe, or could not be made safe; or as <paramref name="act"/> fails.</exception>
    public Task<T> FlashAsync<T>(string slot, string text, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) => Slot(slot).FlashAsync(text, act, cancellationToken);

    /// <summary>As <see cref="FlashAsync"/>, for whatever boots the DUT and listens to it by itself; also of a slot without a console.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="borrower">Who, for the console's log: "the probe".</param>
    /// <param name="text">What is done and by whom, for the journal.</param>
    /// <param name="act">It; told to end also when E-stop or lid opens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchFaultException">The slot is being flashed or probed, or could not be made safe; or as <paramref name="act"/> fails.</exception>
    public Task<T> BorrowAsync<T>(string slot, string borrower, string text, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        Slot(slot).BorrowAsync(borrower, text, act, cancellationToken);

    /// <inheritdoc cref="SlotSession.WaitedUntil"/>
    public long WaitedUntil(string slot) => Slot(slot).WaitedUntil;

    /// <inheritdoc/>
    public Task SayAsync(string slot, string text, CancellationToken cancellationToken)
    {
        Slot(slot).Activity = _redactor.RedactKnown(text);
        return Task.CompletedTask;
    }

    private SlotSession Slot(string name) => _slots.GetValueOrDefault(name)
        ?? throw new ArgumentException($"There is no slot '{name}'; this run has {string.Join(", ", _slots.Keys)}.", nameof(name));

    private ConsoleCapture Console(string slot) => Slot(slot).Capture ?? throw Slot(slot).Hardware.Entry.Without(Contracts.Console);
}
