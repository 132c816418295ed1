using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <summary>How thoroughly a probe confirms.</summary>
public sealed record ProbeOptions
{
    /// <summary>Toggles of the relay, 1 to 200. Default 20.</summary>
    public int Toggles { get; init; } = 20;

    /// <summary>Presses of the button, 1 to 100. Default 10.</summary>
    public int Presses { get; init; } = 10;

    /// <summary>Power cycles for the boot times, 0 to 20. Default 3.</summary>
    public int Boots { get; init; } = 3;

    /// <summary>Pins that are not touched.</summary>
    public IReadOnlyList<int> Skip { get; init; } = [];
}

/// <summary>
/// Finds out which pin of an unknown board does what, by what OpenBeken offers (roles and channels over HTTP) and the lines of the bench. First
/// only inputs (button, then CF and CF1), then outputs: no pin is driven of which another chip is known to drive it. The DUT's pins are put back
/// at the end. Not thread safe.
/// </summary>
public sealed partial class PinProbe
{
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Save = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Off = TimeSpan.FromSeconds(3);

    private readonly SlotHardware _slot;
    private readonly Interlocks _interlocks;
    private readonly LabClock _clock;
    private readonly IProbeLog _log;
    private readonly ProbeOptions _options;
    private readonly IPlug _plug;
    private readonly List<ProbeFinding> _findings = [];
    private readonly HashSet<int> _deadly = [];
    private ProbeConsole? _console;
    private int[] _candidates = [];
    private int _pins;
    private (double? Volts, double? Amperes, double? Watts) _perHertz;
    private int _fullBootSeconds = PlugWaits.UsualFullBootSeconds;

    /// <param name="slot">The slot; needs an address.</param>
    /// <param name="interlocks">Asked before every step.</param>
    /// <param name="clock">The slot's.</param>
    /// <param name="log">Told everything.</param>
    /// <param name="options">How thorough.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: the slot has no address.</exception>
    public PinProbe(SlotHardware slot, Interlocks interlocks, LabClock clock, IProbeLog log, ProbeOptions options)
    {
        ArgumentNullException.ThrowIfNull(slot);
        (_slot, _interlocks, _clock, _log, _options) = (slot, interlocks, clock, log, options);
        _plug = slot.Plug ?? throw new BenchFaultException(
            FaultKind.Configuration, $"slot {slot.Entry.Name}", "the slot has no address, and pins are configured over HTTP", "Add 'http: host:port' to the slot in the inventory");
    }

    private int? Found(string function) => _findings.FirstOrDefault(f => f.Function == function && f.Verdict == Verdict.Pass)?.Gpio;

    /// <summary>Pins that nothing is known of yet.</summary>
    private IEnumerable<int> Unknown => _candidates.Where(p => !_deadly.Contains(p) && _findings.All(f => f.Gpio != p));

    /// <summary>Probes. The DUT has power.</summary>
    /// <param name="cancellationToken">Ends it; the DUT's pins are put back where it still answers.</param>
    /// <exception cref="BenchFaultException">A part of the bench failed, or the bench was stopped.</exception>
    /// <exception cref="PlugUnreachableException">The DUT does not answer, and no power cycle helps.</exception>
    public async Task<ProbeResult> RunAsync(CancellationToken cancellationToken)
    {
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
        _fullBootSeconds = await _plug.FullBootSecondsAsync(cancellationToken).ConfigureAwait(false) ?? PlugWaits.UsualFullBootSeconds;
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
        PlugInfo info = await _plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        PlugPins before = await _plug.GetPinsAsync(cancellationToken).ConfigureAwait(false);
        _pins = before.Roles.Count;
        IReadOnlyDictionary<int, string> reserved = ChipPins.Reserved(info.Chipset.Length > 0 ? info.Chipset : _slot.Entry.Board.Description.Chip);
        _candidates = [.. Enumerable.Range(0, _pins).Where(p => !reserved.ContainsKey(p) && !_options.Skip.Contains(p))];
        _log.Say($"{_candidates.Length} pins to look at; left alone: {string.Join(", ", reserved.OrderBy(r => r.Key).Select(r => $"{r.Key} ({r.Value})").Concat(_options.Skip.Select(s => $"{s} (asked)")))}.");
        await using ProbeConsole? console = _slot.Console is { } port ? await ProbeConsole.OpenAsync(port, _clock, cancellationToken).ConfigureAwait(false) : null;
        _console = console;
        try
        {
            await ConfigureAsync(new Dictionary<int, int>(), cancellationToken).ConfigureAwait(false);
            await StepAsync("button", "press; the level of every pin is read (role dInput)", FindButtonAsync, cancellationToken).ConfigureAwait(false);
            await StepAsync("cf", "pulses on CF alone; pairs of pins count (roles BL0937CF, BL0937CF1)", FindCountersAsync, cancellationToken).ConfigureAwait(false);
            await StepAsync("relay", "every pin that is still unknown is driven low, high, low; the contact is read", FindOutputsAsync, cancellationToken).ConfigureAwait(false);
            await StepAsync("sel", "SEL on every pin that is still unknown; voltage and current must show their own pulses", FindSelAsync, cancellationToken).ConfigureAwait(false);
            await ProbeBootAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await PutBackAsync(before).ConfigureAwait(false);
            _console = null;
        }

        string[] order = ["relay", "button", "led", "cf", "cf1", "sel", "uart", "strap", "rail", "boot", "relay-gap"];
        return new ProbeResult(info, before, [.. _findings.OrderBy(f => Array.FindIndex(order, o => f.Function.StartsWith(o, StringComparison.Ordinal) && (f.Function == o || o == "led")))]) { PerHertz = _perHertz };
    }

    /// <summary>One step: what is refused or lacks its part is NOT RUN with the reason.</summary>
    private async Task StepAsync(string function, string method, Func<string, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        _log.Say($"Now {function}: {method}.");
        try
        {
            await step(method, cancellationToken).ConfigureAwait(false);
        }
        catch (BenchFaultException refused) when (refused.Kind is FaultKind.Safety or FaultKind.Configuration && _interlocks.Stopped is null)
        {
            NotRun(function, method, $"{refused.Problem}. {refused.Remedy}");
        }
    }

    private void NotRun(string function, string method, string why)
    {
        _log.Say($"{function}: not looked for: {why}.");
        _findings.Add(new ProbeFinding(function, Verdict.NotRun, null, null, method, $"Not looked for: {why}.", 0, 0, []));
    }

    private void Conclude(ProbeFinding finding)
    {
        _findings.Add(finding);
        _log.Say($"{finding.Function}: {finding.Said}");
    }

    /// <summary>Gives pins their roles; every other candidate becomes an input whose channel has the pin's number.</summary>
    private async Task ConfigureAsync(Dictionary<int, int> roles, CancellationToken cancellationToken)
    {
        int[] all = [.. Enumerable.Range(0, _pins).Select(p => roles.TryGetValue(p, out int role) ? role : _candidates.Contains(p) && !_deadly.Contains(p) ? PlugRoles.DigitalInput : 0)];
        await _plug.SetPinsAsync(new PlugPins(all, [.. Enumerable.Range(0, _pins)]), cancellationToken).ConfigureAwait(false);
    }

    private Task DelayAsync(double seconds, CancellationToken cancellationToken) => Task.Delay(TimeSpan.FromSeconds(seconds), _clock, cancellationToken);

    /// <summary>GET /api/channels: each input's channel has its pin's number, and its value is its level.</summary>
    private async Task<IReadOnlyDictionary<int, int>> LevelsAsync(CancellationToken cancellationToken)
    {
        (_, string body) = await _plug.GetAsync("/api/channels", cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            Dictionary<int, int> levels = [];
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (int.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int channel) && property.Value.TryGetInt32(out int value))
                {
                    levels[channel] = value;
                }
            }

            return levels;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw new PlugUnreachableException("/api/channels gave no channels", wrong);
        }
    }

    /// <summary>Waits until the boot that runs counts as complete.</summary>
    private async Task WaitUpAsync(CancellationToken cancellationToken)
    {
        TimeSpan deadline = _clock.Elapsed + UpLimit + TimeSpan.FromSeconds(_fullBootSeconds);
        while (true)
        {
            try
            {
                if ((await _plug.GetInfoAsync(cancellationToken).ConfigureAwait(false)).UptimeSeconds >= PlugWaits.CompleteUptime(_fullBootSeconds))
                {
                    return;
                }
            }
            catch (PlugUnreachableException) when (_clock.Elapsed < deadline)
            {
                // It boots.
            }

            await DelayAsync(0.5, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings back a DUT that a pin has stopped, and leaves that pin alone from here on.</summary>
    private async Task RecoverAsync(int pin, CancellationToken cancellationToken)
    {
        _deadly.Add(pin);
        _log.Say($"GPIO {pin} stops the DUT when it is driven: it is left alone from here on.");
        if (_slot.Power is not { } power)
        {
            throw new PlugUnreachableException($"The DUT stopped when GPIO {pin} was driven, and the slot has no power to cycle.");
        }

        await CycleAsync(power, cancellationToken).ConfigureAwait(false);
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(new Dictionary<int, int>(), cancellationToken).ConfigureAwait(false);
    }

    private async Task CycleAsync(IPowerSwitch power, CancellationToken cancellationToken)
    {
        _interlocks.Demand(_slot.Entry, SlotAction.PowerOn);
        await power.SwitchAsync(PowerState.Off, cancellationToken).ConfigureAwait(false);
        await Task.Delay(Off, _clock, cancellationToken).ConfigureAwait(false);
        await power.SwitchAsync(PowerState.On, cancellationToken).ConfigureAwait(false);
    }

    private async Task PutBackAsync(PlugPins before)
    {
        try
        {
            await _plug.SetPinsAsync(before, CancellationToken.None).ConfigureAwait(false);
            await Task.Delay(Save, _clock, CancellationToken.None).ConfigureAwait(false);
            _log.Say("The DUT has its pins as they were.");
        }
        catch (PlugUnreachableException silent)
        {
            _log.Say($"The DUT's pins could not be put back: {silent.Message}");
        }
    }
}
