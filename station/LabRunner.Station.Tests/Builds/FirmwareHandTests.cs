using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Station.Benches;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests.Builds;

/// <summary>Builds go into virtual plugs over their sockets and PTYs, once for each slot.</summary>
[CancelAfter(240_000)]
[NonParallelizable]
public sealed class FirmwareHandTests
{
    private VirtualStation _station;
    private BuildFiles _files;
    private OpenBench _bench;
    private string _run;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await VirtualStation.StartAsync();
        _files = new BuildFiles(_station.Options.StateFolder);
        _bench = _station.Keeper.Now.Bench! with { Slots = [_station.Slot("p1")] };
        _run = Directory.CreateDirectory(Path.Combine(_station.Options.RunsFolder, "run")).FullName;
    }

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [TestCase(PutBy.Ota, "over the network")]
    [TestCase(PutBy.Flash, "over the UART")]
    public async Task Build_GoesIntoThePlug_WhichServesThenUnderIt_AndIsLeftAloneTheSecondTime(PutBy put, string way, CancellationToken cancellationToken)
    {
        Job job = Job(put, put == PutBy.Ota ? VirtualImages.Ota("1.18.231") : VirtualImages.WholeFlash("1.18.231"), "1.18.231");
        List<string> said = [], again = [];
        await new FirmwareHand(_files).PutAsync(_bench, job, said.Add, cancellationToken);
        PlugInfo info = await _station.Slot("p1").Plug!.GetInfoAsync(cancellationToken);
        await new FirmwareHand(_files).PutAsync(_bench, job, again.Add, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(info.Build, Does.Contain("1.18.231"));
            Assert.That(said[0], Is.EqualTo($"Putting build (1.18.231) into 1 slot, {way}."));
            Assert.That(again, Is.EqualTo(new[] { $"Putting build (1.18.231) into 0 slots, {way}." }));
            Assert.That(_bench.Session.GetIntents("p1").Select(i => i.Text), Has.Some.Contains("by the build watch"));
        }
    }

    [Test]
    public async Task Slot_ThatDoesNotTakeIt_FailsTheRunWithASentence(CancellationToken cancellationToken)
    {
        Job job = Job(PutBy.Ota, VirtualImages.WholeFlash("1.18.231"), "1.18.231");

        await Assert.ThatAsync(
            () => new FirmwareHand(_files).PutAsync(_bench, job, _ => { }, cancellationToken),
            Throws.TypeOf<BenchFaultException>().With.Message.StartsWith("slot p1: build build could not be put into it"));
    }

    private Job Job(PutBy put, byte[] content, string version)
    {
        string hash = BuildDesk.Hash(content);
        _files.Put(hash, content, [hash]);
        return new Job { Id = "j", Plan = "check", Owner = BuildDesk.Owner, Created = TimeProvider.System.GetUtcNow(), Folder = _run, Firmware = new JobFirmware(hash, "build", version, put) };
    }
}
