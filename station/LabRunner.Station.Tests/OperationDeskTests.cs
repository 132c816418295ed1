using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Operations over a restart of the station.</summary>
[CancelAfter(120_000)]
public sealed class OperationDeskTests
{
    [Test]
    public async Task Operation_WhoseStationDied_IsToldAsFailedByTheNext_WithWhatItHadDone(CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("station-").FullName;
        OperationView left = new(
            "20260101T000000Zabcdef", "flash", "p1", OperationState.Running, "Anna", "build 200", new string('a', 64), "whole.bin", DateTimeOffset.UnixEpoch, null, null,
            ["whole.bin: BL602 whole-flash image"], null, null);
        string own = Directory.CreateDirectory(Path.Combine(folder, "state", "operations", left.Id)).FullName;
        await File.WriteAllTextAsync(Path.Combine(own, "operation.json"), JsonSerializer.Serialize(left, Document.Json), cancellationToken);
        Directory.CreateDirectory(Path.Combine(folder, "state", "operations", "rubbish"));
        await using TestStation station = await TestStation.StartAsync(folder: folder);
        using HttpClient client = station.Client();
        OperationView[] known = (await client.GetFromJsonAsync<OperationView[]>("operations?slot=p1", Document.Json, cancellationToken))!;
        List<OperationEvent> events = await VirtualStation.FollowAsync(client, left.Id, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(known.Select(o => (o.Id, o.State)), Is.EqualTo(new[] { (left.Id, OperationState.Failed) }));
            Assert.That(known[0].Problem?.Detail, Does.Contain("The station ended in the middle of it"));
            Assert.That(events.Select(e => e.Said ?? $"{e.Ended?.State}"), Is.EqualTo(new[] { "whole.bin: BL602 whole-flash image", "Failed" }));
        }
    }

    [Test]
    public async Task Act_InWhichTheStationIsToldToEnd_SaysSo_AndBlamesNoRun(CancellationToken cancellationToken)
    {
        TestStation station = await TestStation.StartAsync();
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<bool> held = station.Keeper.HoldAsync(
            "p1", "Anna", "Anna is flashing it",
            async (_, _, ending) =>
            {
                begun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
                return true;
            },
            cancellationToken);
        await begun.Task.WaitAsync(cancellationToken);
        await using TestStation next = await station.AgainAsync();

        await Assert.ThatAsync(() => held, Throws.TypeOf<BenchFaultException>().With.Message.Contains("the station was told to end").And.Message.Contains("when the station runs"));
    }
}
