using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What an update did.</summary>
/// <param name="Before">Build before.</param>
/// <param name="After">Build after the reboot.</param>
/// <param name="BytesSent">Bytes taken by the plug.</param>
/// <param name="LongestStall">Longest time without progress, run time.</param>
/// <param name="Differences">Settings that are not as before, a sentence each; empty when all are kept.</param>
public sealed record OtaOutcome(string Before, string After, long BytesSent, TimeSpan LongestStall, IReadOnlyList<string> Differences);

/// <summary>The plug did not take the update, or did not come back.</summary>
public sealed class OtaFailedException(string message) : Exception(message);

/// <summary>Updates the DUT of one slot over its network and compares its settings before and after.</summary>
public static class OtaHand
{
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Powers the slot, uploads, reboots, waits and compares.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="image">Whole OTA file; not checked, so that broken ones can be tried.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; an upload that is cut leaves the plug with its update marked as running until a reboot.</param>
    /// <exception cref="OtaFailedException">Refused, stalled, or not back in time.</exception>
    /// <exception cref="BenchFaultException">The supply failed.</exception>
    public static async Task<OtaOutcome> RunAsync(HandBench bench, ReadOnlyMemory<byte> image, Action<string> say, CancellationToken cancellationToken)
    {
        if (bench.Slot.Plug is not { } plug)
        {
            throw new UsageException($"slot {bench.Slot.Entry.Name} has no network address: an update goes over HTTP. Add http: host:port to the slot.");
        }

        if (bench.Slot.Power is { } power)
        {
            await power.SwitchAsync(PowerState.On, cancellationToken).ConfigureAwait(false);
        }

        PlugInfo before = await UpAsync(bench, plug, _ => true, "after power-on", cancellationToken).ConfigureAwait(false);
        PlugPins pins = await plug.GetPinsAsync(cancellationToken).ConfigureAwait(false);
        say($"Before: {before.Build}, up {before.UptimeSeconds} s, client {before.MqttTopic}.");
        OtaUploadReply reply = await plug.UploadOtaAsync(image, StallLimit, cancellationToken).ConfigureAwait(false);
        say(string.Create(
            CultureInfo.InvariantCulture, $"Upload: {reply.BytesSent:N0} bytes, longest stall {reply.LongestStall.TotalSeconds:F1} s, status {reply.Status?.ToString(CultureInfo.InvariantCulture) ?? "none"}, reply {Short(reply.Body)}"));
        if (!reply.Accepted)
        {
            throw new OtaFailedException($"The plug did not accept the update: {reply.Failure ?? $"status {reply.Status}, {Short(reply.Body)}"}. Its firmware is the one before; power it off and on before the next try.");
        }

        TimeSpan rebooted = bench.Clock.Elapsed;
        await plug.RebootAsync(cancellationToken).ConfigureAwait(false);

        // The old firmware answers for some seconds more: only an uptime shorter than the time since the command is the new boot's.
        PlugInfo after = await UpAsync(
            bench, plug, info => TimeSpan.FromSeconds(info.UptimeSeconds) < bench.Clock.Elapsed - rebooted, "after the update", cancellationToken).ConfigureAwait(false);
        PlugPins pinsAfter = await plug.GetPinsAsync(cancellationToken).ConfigureAwait(false);
        say($"After: {after.Build}, up {after.UptimeSeconds} s.");
        return new OtaOutcome(before.Build, after.Build, reply.BytesSent, reply.LongestStall, Compare(before, after, pins, pinsAfter));
    }

    private static async Task<PlugInfo> UpAsync(HandBench bench, IPlug plug, Func<PlugInfo, bool> wanted, string when, CancellationToken cancellationToken)
    {
        TimeSpan end = bench.Clock.Elapsed + UpLimit;
        string last = "no answer";
        while (bench.Clock.Elapsed < end)
        {
            try
            {
                PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
                if (wanted(info))
                {
                    return info;
                }

                last = $"still the old boot, up {info.UptimeSeconds} s";
            }
            catch (PlugUnreachableException silent)
            {
                last = silent.Message;
            }

            await Task.Delay(Pause, bench.Clock, cancellationToken).ConfigureAwait(false);
        }

        throw new OtaFailedException($"The plug did not come up within {UpLimit.TotalSeconds:0} s {when} ({last.TrimEnd('.')}). Look at its console.");
    }

    private static List<string> Compare(PlugInfo before, PlugInfo after, PlugPins pins, PlugPins pinsAfter)
    {
        List<string> differences = [];
        Note("MQTT client", before.MqttTopic, after.MqttTopic);
        Note("MQTT host", before.MqttHost, after.MqttHost);
        Note("short name", before.ShortName, after.ShortName);
        Note("startup command", before.StartupCommand, after.StartupCommand);
        Note("MAC", before.Mac, after.Mac);
        Note("pin roles", string.Join(' ', pins.Roles), string.Join(' ', pinsAfter.Roles));
        Note("pin channels", string.Join(' ', pins.Channels), string.Join(' ', pinsAfter.Channels));
        return differences;

        void Note(string name, string one, string other)
        {
            if (one != other)
            {
                differences.Add($"{name}: '{Short(one)}' before, '{Short(other)}' after");
            }
        }
    }

    private static string Short(string text)
    {
        string clean = string.Concat(text.Where(c => c is >= ' ' and <= '~'));
        return clean.Length > 120 ? clean[..120] + "…" : clean;
    }
}
