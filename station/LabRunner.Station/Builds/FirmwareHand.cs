using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Builds;

/// <summary>Puts a build into the plugs of a run: over the network or the UART, by the code that <c>./lab ota</c> and <c>./lab flash</c> have.</summary>
/// <param name="files">Builds.</param>
internal sealed class FirmwareHand(BuildFiles files)
{
    private const string DoneFile = "firmware.json";
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(60);

    /// <summary>Puts the job's build into every slot of its run, and waits until the plugs serve. Slots that have it already, from before a restart, are left alone.</summary>
    /// <param name="bench">The run's bench, open.</param>
    /// <param name="job">Job with a build.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; a slot that was being written to is written to again by the next attempt.</param>
    /// <exception cref="BenchFaultException">A slot did not take it, or the build is gone.</exception>
    public async Task PutAsync(OpenBench bench, Job job, Action<string> say, CancellationToken cancellationToken)
    {
        JobFirmware build = job.Firmware!;
        FirmwareImage image = FirmwareImage.Recognise(files.Read(build.Sha256) ?? throw new BenchFaultException(
            FaultKind.Storage, $"build {build.Name}", "the station does not have it any more", "Publish it again under other content, or put it in with ./lab ota"));
        string done = Path.Combine(job.Folder!, DoneFile);
        HashSet<string> have = File.Exists(done) ? JsonSerializer.Deserialize<HashSet<string>>(await File.ReadAllTextAsync(done, cancellationToken).ConfigureAwait(false)) ?? [] : [];
        say($"Putting {build.Name} ({build.Version ?? "version not stated"}) into {(bench.Slots.Count - have.Count is 1 ? "1 slot" : $"{bench.Slots.Count - have.Count} slots")}, {(build.Put == PutBy.Ota ? "over the network" : "over the UART")}.");
        using SemaphoreSlim writing = new(1, 1);
        await Task.WhenAll(bench.Slots.Where(s => !have.Contains(s.Entry.Name)).Select(async slot =>
        {
            string name = slot.Entry.Name;
            await OneAsync(bench, name, build, image, job.Folder!, text => say($"{name}: {text}"), cancellationToken).ConfigureAwait(false);
            await writing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                have.Add(name);
                await File.WriteAllTextAsync(done, JsonSerializer.Serialize(have), CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                writing.Release();
            }
        })).ConfigureAwait(false);
    }

    private static async Task OneAsync(OpenBench bench, string slot, JobFirmware build, FirmwareImage image, string folder, Action<string> say, CancellationToken cancellationToken)
    {
        SessionSlot hand = bench.Hand(slot, BuildDesk.Owner)!;
        try
        {
            if (build.Put == PutBy.Ota)
            {
                OtaOrder order = new() { Image = image, Name = build.Name };
                OtaSight sight = await hand.UnderIntentAsync(IntentKinds.Ota, $"update to {build.Name}", () => OtaWork.RunAsync(hand, order, say, cancellationToken)).ConfigureAwait(false);
                if (!sight.Expected)
                {
                    throw new OtaFailedException(sight.Sentence);
                }
            }
            else
            {
                await FlashAsync(bench, hand, build, image, folder, say, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (failed is OtaRefusedException or OtaFailedException or FlashFailedException or UsageException)
        {
            throw new BenchFaultException(FaultKind.Command, $"slot {slot}", $"build {build.Name} could not be put into it: {failed.Message.TrimEnd('.')}", "Try it by hand with ./lab ota or ./lab flash", failed);
        }

        await bench.Session.WaitReadyAsync(slot, UpLimit, cancellationToken).ConfigureAwait(false);
    }

    private static async Task FlashAsync(OpenBench bench, SessionSlot hand, JobFirmware build, FirmwareImage image, string folder, Action<string> say, CancellationToken cancellationToken)
    {
        FlashOrder order = new() { Image = image, Name = build.Name, Flasher = FlasherChoice.Of(hand.Slot.Entry, null) };
        string trace = Directory.CreateDirectory(Path.Combine(folder, "artifacts", "build-" + hand.Slot.Entry.Name)).FullName;
        await hand.FlashAsync(bench.Inventory, trace, bench.SetTool, order, say, null, cancellationToken).ConfigureAwait(false);
        if (!hand.Slot.Entry.KeepPower)
        {
            // Off after flashing, and a run begins with its plugs on.
            await hand.SwitchAsync(true, cancellationToken).ConfigureAwait(false);
        }
    }
}
