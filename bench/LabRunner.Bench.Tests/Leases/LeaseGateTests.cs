using System.Diagnostics;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Leases;

/// <summary>The one file of the leases' folder that everybody locks.</summary>
[CancelAfter(60_000)]
public sealed class LeaseGateTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("gate-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Pipe_InItsPlace_IsSaid_AndWaitedForByNobody(CancellationToken cancellationToken)
    {
        LeaseFolder folder = LeaseFolder.Open(_folder);
        string gate = Path.Combine(_folder, "gate");
        File.Delete(gate);
        await Process.Start("mkfifo", [gate])!.WaitForExitAsync(cancellationToken);

        // On a thread of its own: whoever opens the pipe never comes back.
        await Assert.ThatAsync(
            () => Task.Run(() => folder.EnterAsync(cancellationToken), cancellationToken).WaitAsync(Limit, TimeProvider.System, cancellationToken),
            Throws.TypeOf<BenchFaultException>().With.Message.EqualTo($"{gate}: it is a pipe, and to lock it would be to wait for who writes to it. Remove it; the file is made again by itself."));
    }

    [Test]
    public async Task Gate_ThatWasRemoved_IsMadeAgain(CancellationToken cancellationToken)
    {
        LeaseFolder folder = LeaseFolder.Open(_folder);
        File.Delete(Path.Combine(_folder, "gate"));
        (await folder.EnterAsync(cancellationToken)).Dispose();

        Assert.That(Path.Combine(_folder, "gate"), Does.Exist);
    }
}
