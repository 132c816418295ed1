using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S04_OtaCycles;

/// <summary>What an update must not change.</summary>
/// <param name="Settings">MAC, names, MQTT, flags, startup command, pins.</param>
/// <param name="Meter">Reading of a constant injected load, which moves when the calibration is lost; null without pulses.</param>
internal sealed record Identity(PlugSettings Settings, MeterReading? Meter)
{
    private static readonly LoadPoint Probe = new(230, 500, 1);

    // Of the flag that is told among the settings.
    private const string Flags = "flags";

    /// <summary>Reads the identity of the running firmware.</summary>
    public static async Task<Identity> ReadAsync(SuiteContext lab)
    {
        PlugSettings settings = await PlugSettings.ReadAsync(lab.Plug, lab.Token);
        return new Identity(settings, lab.Has("pulses") && await MeterReadsAsync(lab, settings) ? await ReadMeterAsync(lab) : null);
    }

    // With the flag an open relay reads zero, before an update as after it: that would compare nothing.
    private static async Task<bool> MeterReadsAsync(SuiteContext lab, PlugSettings settings)
    {
        if (!PlugFlags.Has(settings.Of(Flags), PlugFlags.ZeroWhileOpen) || await lab.ReadRelayAsync() == true)
        {
            return true;
        }

        if (await lab.RelayBudgetSpentAsync() is { } spent)
        {
            await lab.NotMadeAsync("calibration", lab.Now, ("why", $"flag {PlugFlags.ZeroWhileOpen} is set and the relay is open: {spent}"));
            return false;
        }

        await lab.SetRelayAsync(true);
        return true;
    }

    /// <summary>What differs in <paramref name="after"/>, one sentence each.</summary>
    public IEnumerable<string> Differences(Identity after, BoardDescription board)
    {
        foreach (string difference in Settings.Differences(after.Settings))
        {
            yield return difference;
        }

        if (Meter is { } before && after.Meter is { } now)
        {
            (double volts, double amperes, double watts) = MeterReading.QuantumOf(board);
            foreach ((string name, double was, double isNow, double quantum) in new[]
            {
                ("voltage", before.Volts, now.Volts, volts), ("current", before.Amperes, now.Amperes, amperes), ("power", before.Watts, now.Watts, watts),
            })
            {
                // Both readings have the noise of a quantum.
                if (Math.Abs(was - isNow) > 2 * MeterReading.Limit(was, quantum))
                {
                    yield return $"the same load read {was:0.###} and reads {isNow:0.###} ({name}): calibration lost";
                }
            }
        }
    }

    private static async Task<MeterReading> ReadMeterAsync(SuiteContext lab)
    {
        await lab.Bench.InjectAsync(lab.Slot, Probe, lab.Token);

        // Voltage and current refresh in turn every 2 s (SEL alternates each second).
        await lab.DelayAsync(TimeSpan.FromSeconds(4));
        return await MeterReading.TakeAsync(lab, TimeSpan.FromSeconds(6));
    }
}
