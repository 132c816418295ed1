using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Api;

/// <summary>
/// The bench as suites, the CLI and later the page see it. In the owner process it is the bench itself; in a suite host it is a
/// JSON-RPC proxy over the owner's Unix socket: the same interface, the same results. All times are run time
/// (<see cref="LabRunner.Hardware.Time.LabClock.Elapsed"/>), which all processes of a run share. Thread safe.
/// </summary>
/// <remarks>
/// Every method with a slot throws <see cref="ArgumentException"/> for an unknown slot, and
/// <see cref="LabRunner.Hardware.Faults.BenchFaultException"/> when the slot lacks the part or the part fails. The proxy rebuilds both.
/// </remarks>
public interface IBenchApi
{
    /// <summary>The bench, its slots and the plan.</summary>
    Task<BenchDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>What the watch knows of a slot now.</summary>
    Task<SlotStatus> GetStatusAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Waits until the slot serves: heartbeat (if it has a console) and HTTP (if it has an address), with no open incident.</summary>
    /// <returns>The status at the end; <see cref="SlotStatus.Ready"/> is false when <paramref name="limit"/> passed first.</returns>
    Task<SlotStatus> WaitReadyAsync(string slot, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Opens an intent: from here resets (if the kind expects them) and stimuli are the bench's doing.</summary>
    /// <returns>Its id.</returns>
    Task<long> OpenIntentAsync(string slot, string kind, string text, IReadOnlyDictionary<string, string> data, CancellationToken cancellationToken);

    /// <summary>Closes an intent. Closing twice does nothing.</summary>
    Task CloseIntentAsync(long intent, CancellationToken cancellationToken);

    /// <summary>Switches the slot's supply. Opens no intent by itself.</summary>
    Task SwitchPowerAsync(string slot, bool on, CancellationToken cancellationToken);

    /// <summary>Lowers the voltage of the slot's supply for a while. Opens no intent by itself.</summary>
    /// <param name="slot">A slot with <c>supplyDip</c> among its capabilities.</param>
    /// <param name="volts">Above 0 V, below the voltage while on.</param>
    /// <param name="duration">Run time at the low voltage.</param>
    /// <param name="ramp">Run time of the fall, and of the rise again; 0: as fast as the supply is.</param>
    /// <param name="cancellationToken">Ends the dip early.</param>
    /// <returns>How long it really was.</returns>
    Task<TimeSpan> DipSupplyAsync(string slot, double volts, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken);

    /// <summary>Asserts or releases the BOOT strap.</summary>
    Task SetBootStrapAsync(string slot, bool asserted, CancellationToken cancellationToken);

    /// <summary>Asserts or releases reset.</summary>
    Task SetResetAsync(string slot, bool asserted, CancellationToken cancellationToken);

    /// <summary>Pushes the button for a time and lets go; waits first until 5 s after a boot are over (a double click before clears the Wi-Fi credentials).</summary>
    /// <returns>When it was pushed and let go.</returns>
    Task<PressOutcome> PressAsync(string slot, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>
    /// Moves the button as <paramref name="moves"/> say. Waits first until 5 s after a boot are over, like <see cref="PressAsync"/>, unless the moves
    /// say otherwise. The button is let go at the end, whatever happens.
    /// </summary>
    /// <returns>Each press as it was.</returns>
    Task<IReadOnlyList<PressOutcome>> MoveButtonAsync(string slot, ButtonMoves moves, CancellationToken cancellationToken);

    /// <summary>True: the contact is closed.</summary>
    Task<bool> ReadRelayAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Contact edges with At not before <paramref name="since"/>, in order.</summary>
    Task<IReadOnlyList<RelayEdge>> GetRelayEdgesAsync(string slot, TimeSpan since, CancellationToken cancellationToken);

    /// <summary>Supply rail.</summary>
    Task<RailFigures> ReadRailAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Feeds BL0937 pulses of a load.</summary>
    /// <returns>What is really emitted, as volts, amperes and watts by the board's constants, and the frequencies.</returns>
    Task<InjectedLoad> InjectAsync(string slot, LoadPoint load, CancellationToken cancellationToken);

    /// <summary>Reference meter in the slot's mains.</summary>
    Task<ReferenceFigures> ReadMeterAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Pulses on the DUT's CF pin as the bench has counted them beside it.</summary>
    Task<CountedPulses> CountPulsesAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Disturbs the network of the slot's DUT. Opens no intent by itself; what is still on when the slot's test ends is lifted then.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="effect">One of <see cref="BenchDescription.NetworkEffects"/>.</param>
    /// <param name="value">As the effect says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task DisturbAsync(string slot, NetworkEffect effect, double value, CancellationToken cancellationToken);

    /// <summary>Takes an effect off the network of the slot's DUT. Lifting what is not on does nothing.</summary>
    Task LiftAsync(string slot, NetworkEffect effect, CancellationToken cancellationToken);

    /// <summary>Datagrams with which the slot's DUT has asked a server of its network so far: what it asked in a time is the difference of two counts.</summary>
    /// <returns>Null: the bench's network driver cannot count them.</returns>
    Task<long?> CountQuestionsAsync(string slot, NetworkQuestion question, CancellationToken cancellationToken);

    /// <summary>
    /// Waits until every slot of the plan's entry waits, then does to the air what is asked, once for all of them. Opens no intent for those who
    /// wait for it, since they know of it; every other slot gets one until it is back.
    /// </summary>
    /// <param name="slot">Slot.</param>
    /// <param name="what">What it waits for.</param>
    /// <param name="cancellationToken">Ends the wait; what is being done is done to its end.</param>
    Task<Gathered> GatherAsync(string slot, Gathering what, CancellationToken cancellationToken);

    /// <summary>Publishes an MQTT message as another client of the broker would.</summary>
    /// <param name="slot">Slot that it is for, for the records.</param>
    /// <param name="topic">Whole topic.</param>
    /// <param name="payload">Text; empty and retained takes a retained message away.</param>
    /// <param name="qos">0, 1 or 2; the call ends when the broker has acknowledged.</param>
    /// <param name="retain">The broker keeps it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task PublishAsync(string slot, string topic, string payload, int qos, bool retain, CancellationToken cancellationToken);

    /// <summary>Number of the next console line: the mark from which <see cref="ExpectAsync"/> looks.</summary>
    Task<long> MarkConsoleAsync(string slot, CancellationToken cancellationToken);

    /// <summary>Waits for the first console line from <paramref name="mark"/> on that matches.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="pattern">.NET regular expression, matched with a 1 s limit.</param>
    /// <param name="mark">From <see cref="MarkConsoleAsync"/>; lines that came since count.</param>
    /// <param name="limit">Deadline from now, run time; one that is over, zero or less, leaves the lines that have come already.</param>
    /// <param name="cancellationToken">Cancels the wait; nothing is consumed for other readers.</param>
    /// <returns>The line, or null when the deadline passed.</returns>
    Task<ConsoleText?> ExpectAsync(string slot, string pattern, long mark, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Lines from <paramref name="mark"/> on, at most <paramref name="most"/>.</summary>
    Task<IReadOnlyList<ConsoleText>> ReadConsoleAsync(string slot, long mark, int most, CancellationToken cancellationToken);

    /// <summary>Writes text to the DUT's UART.</summary>
    Task WriteConsoleAsync(string slot, string text, CancellationToken cancellationToken);

    /// <summary>Incidents of a slot whose first symptom is not before <paramref name="since"/>.</summary>
    Task<IReadOnlyList<IncidentRecord>> GetIncidentsAsync(string slot, TimeSpan since, CancellationToken cancellationToken);

    /// <summary>Resets of a slot not before <paramref name="since"/>, as the ledger explains them.</summary>
    Task<IReadOnlyList<BootRecord>> GetBootsAsync(string slot, TimeSpan since, CancellationToken cancellationToken);

    /// <summary>Times in which the bench's own network was away from a slot and that had not ended at <paramref name="since"/>: what failed in one of them says nothing of the DUT.</summary>
    Task<IReadOnlyList<NetworkAbsence>> GetNetworkAbsencesAsync(string slot, TimeSpan since, CancellationToken cancellationToken);

    /// <summary>Where the sequential test between the plan's two MTBFs stands, over all slots of this run with the slot's board and firmware.</summary>
    Task<SequentialStanding> GetSequentialAsync(string slot, CancellationToken cancellationToken);

    /// <summary>A suite names a failure it found (BUTTON_DEAD F43, METER_ZERO F44, OTA_STALL F30, …).</summary>
    /// <returns>Id of the incident.</returns>
    Task<long> ReportFindingAsync(Finding finding, CancellationToken cancellationToken);

    /// <summary>Records one attempt of a repeated step.</summary>
    Task RecordTrialAsync(string slot, string suite, string step, TimeSpan at, bool ok, TimeSpan duration, IReadOnlyDictionary<string, string> detail, CancellationToken cancellationToken);

    /// <summary>Records a figure. Id and At of the record are set by the bench.</summary>
    Task RecordMeasurementAsync(MeasurementRecord measurement, CancellationToken cancellationToken);

    /// <summary>Moves a finished file into the run folder and records it.</summary>
    Task RecordArtefactAsync(string slot, string suite, string? test, string name, string mime, string sourcePath, CancellationToken cancellationToken);

    /// <summary>A test case starts.</summary>
    /// <returns>Its id.</returns>
    Task<long> BeginTestAsync(string slot, string suite, string name, string fullName, CancellationToken cancellationToken);

    /// <summary>A test case ended.</summary>
    Task EndTestAsync(long test, Verdict verdict, string? message, string? trace, CancellationToken cancellationToken);

    /// <summary>
    /// What earlier attempts of the test that runs on the slot have done, where the runner died under them; null where this is its first attempt.
    /// A test of many like steps goes on from there; one that cannot is simply done again.
    /// </summary>
    Task<EarlierAttempt?> GetEarlierAttemptAsync(string slot, CancellationToken cancellationToken);

    /// <summary>A suite has the slot under test from now on.</summary>
    /// <returns>Id of the exposure interval.</returns>
    Task<long> BeginExposureAsync(string slot, string suite, CancellationToken cancellationToken);

    /// <summary>The suite lets go of the slot.</summary>
    Task EndExposureAsync(long exposure, CancellationToken cancellationToken);

    /// <summary>
    /// Waits for a shared part of the bench (<see cref="BenchParts"/>) and holds it until released or until the
    /// caller's connection ends.
    /// </summary>
    /// <returns>Token for <see cref="ReleaseAsync"/>.</returns>
    Task<string> AcquireAsync(string part, CancellationToken cancellationToken);

    /// <summary>Releases a shared part.</summary>
    Task ReleaseAsync(string token, CancellationToken cancellationToken);

    /// <summary>One line of live progress for the slot ("S02 cycle 3 of 10").</summary>
    Task SayAsync(string slot, string text, CancellationToken cancellationToken);
}
