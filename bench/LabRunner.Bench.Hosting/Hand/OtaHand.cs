using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What an update did.</summary>
/// <param name="Before">Build before.</param>
/// <param name="After">Build after the reboot.</param>
/// <param name="Reply">How the upload went.</param>
/// <param name="Differences">Settings that are not as before, a sentence each; empty when all are kept.</param>
public sealed record OtaOutcome(string Before, string After, OtaUploadReply Reply, IReadOnlyList<string> Differences);

/// <summary>The plug did not take the update, or did not come back.</summary>
public sealed class OtaFailedException(string message) : Exception(message);

/// <summary>The file is none that the slot's DUT takes. Nothing was sent.</summary>
/// <param name="problem">What is wrong with it, without final full stop.</param>
public sealed class OtaRefusedException(string problem) : Exception($"{problem}. Nothing was sent; use --anyway to try it all the same.")
{
    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem;
}

/// <summary>Updates the DUT of one slot over its network and compares its settings before and after.</summary>
public static class OtaHand
{
    private const int LongestShown = 120;

    // After a refused update the firmware before must serve within this time.
    private static readonly TimeSpan AliveLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(90);

    /// <summary>Powers the slot, uploads, reboots, waits and compares. An upload aborted on purpose is followed by the same reboot and comparison.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="image">Whole OTA file; not checked, so that broken ones can be tried.</param>
    /// <param name="sending">How it is sent.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; an upload that is cut leaves the plug with its update marked as running until a reboot.</param>
    /// <exception cref="OtaFailedException">Refused, stalled, or not back in time.</exception>
    /// <exception cref="BenchFaultException">The supply failed.</exception>
    public static async Task<OtaOutcome> RunAsync(
        IHandSlot bench, ReadOnlyMemory<byte> image, OtaSending sending, Action<string> say, CancellationToken cancellationToken)
    {
        if (bench.Slot.Plug is not { } plug)
        {
            throw new UsageException($"slot {bench.Slot.Entry.Name} has no network address: an update goes over HTTP. Add http: host:port to the slot.");
        }

        if (bench.Slot.Power is not null)
        {
            await bench.SwitchAsync(true, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            PlugInfo before = await plug.WaitForAsync(bench.Clock, UpLimit, _ => true, cancellationToken).ConfigureAwait(false);
            PlugSettings settings = await PlugSettings.ReadAsync(plug, cancellationToken).ConfigureAwait(false);
            say($"Before: {Short(before.Build)}, up {before.UptimeSeconds} s, client {Short(before.MqttTopic)}.");
            OtaUploadReply reply = await plug.UploadOtaAsync(image, sending, cancellationToken).ConfigureAwait(false);
            say(Describe(reply));
            if (!reply.Accepted && !reply.Aborted)
            {
                PlugInfo still = await plug.WaitForAsync(bench.Clock, AliveLimit, _ => true, cancellationToken).ConfigureAwait(false);
                throw new OtaFailedException(
                    $"The plug did not accept the update: {reply.Failure ?? $"{reply.StatusLine}, {Short(reply.Body)}"}. It serves {(still.Build == before.Build ? "the firmware before" : Short(still.Build))}, up {still.UptimeSeconds} s; power it off and on before the next try.");
            }

            PlugInfo after = await plug.RebootAndWaitAsync(bench.Clock, UpLimit, cancellationToken).ConfigureAwait(false);
            PlugSettings settingsAfter = await PlugSettings.ReadAsync(plug, cancellationToken).ConfigureAwait(false);
            say($"After: {Short(after.Build)}, up {after.UptimeSeconds} s.");
            return new OtaOutcome(before.Build, after.Build, reply, settings.Differences(settingsAfter));
        }
        catch (PlugUnreachableException silent)
        {
            throw new OtaFailedException($"The plug does not answer as it should: {silent.Message.TrimEnd('.')}. Look at its console.");
        }
    }

    private static string Describe(OtaUploadReply reply)
    {
        double rate = reply.Took > TimeSpan.Zero ? reply.BytesSent / reply.Took.TotalSeconds / 1000 : 0;
        string numbers = string.Create(
            CultureInfo.InvariantCulture, $"Upload: {reply.BytesSent:N0} bytes in {reply.Took.TotalSeconds:F1} s ({rate:F1} kB/s), longest stall {reply.LongestStall.TotalSeconds:F1} s; ");
        return numbers + (reply.StatusLine is { } line ? $"status line \"{Short(line)}\", reply {Short(reply.Body)}" : reply.Failure);
    }

    private static string Short(string text)
    {
        string clean = string.Concat(text.Where(c => c is >= ' ' and <= '~'));
        return clean.Length > LongestShown ? clean[..LongestShown] + "…" : clean;
    }
}
