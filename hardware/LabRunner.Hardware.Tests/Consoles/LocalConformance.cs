using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>The drivers of local ports, on a pseudo terminal.</summary>
public abstract class LocalConformance : ConsoleConformance
{
    [Test]
    public async Task OpenAsync_MissingNode_FaultNamesPathAndById(CancellationToken token)
    {
        IConsolePort console = Make(new ConsoleOptions { Path = "/dev/ttyNONE7" }, new FakeContext());
        await Assert.ThatAsync(
            () => console.OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial)
                .And.Message.Contains("/dev/ttyNONE7").And.Message.Contains("/dev/serial/by-id").And.Message.Contains("slot p1"));
    }

    [Test]
    public async Task OpenAsync_RegularFile_FaultNamesPath(CancellationToken token)
    {
        string file = Path.GetTempFileName();
        try
        {
            IConsolePort console = Make(new ConsoleOptions { Path = file }, new FakeContext());
            await Assert.ThatAsync(
                () => console.OpenAsync(token),
                Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial).And.Message.Contains(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task OpenAsync_HeldByAnotherProgram_FaultNamesIt(CancellationToken token)
    {
        using System.Diagnostics.Process other = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("flock", ["--exclusive", Peer.Path, "cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            // cat echoes once flock has the lock and has started it.
            await other.StandardInput.WriteLineAsync("locked".AsMemory(), token);
            await other.StandardInput.FlushAsync(token);
            Assert.That(await other.StandardOutput.ReadLineAsync(token), Is.EqualTo("locked"));
            await Assert.ThatAsync(
                () => OpenAsync(token),
                Throws.TypeOf<BenchFaultException>().With.Message.Contains("in use by 'flock' (process ").And.Message.Contains($"{other.Id}"));
        }
        finally
        {
            other.StandardInput.Close();
            await other.WaitForExitAsync(token);
        }
    }

    private protected override Task<IPeer> PlugInAsync() => Task.FromResult<IPeer>(new PtyPeer());

    private protected override IConsolePort Make(IPeer peer, int? baud, FakeContext context) => Make(new ConsoleOptions { Path = peer.Path, Baud = baud }, context);

    private protected abstract IConsolePort Make(ConsoleOptions options, IDriverContext context);
}

public sealed class NativeTtyConformance : LocalConformance
{
    private protected override IConsolePort Make(ConsoleOptions options, IDriverContext context) => new NativeTty(options, context);
}

public sealed class SystemSerialConformance : LocalConformance
{
    private protected override IConsolePort Make(ConsoleOptions options, IDriverContext context) => new SystemSerial(options, context);
}
