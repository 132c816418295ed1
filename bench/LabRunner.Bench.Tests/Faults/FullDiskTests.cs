using System.Diagnostics;
using LabRunner.Bench.Tests.Nights;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Faults;

/// <summary>A disk that fills up under a night: a small file system of its own, made full by somebody else.</summary>
[Category("night")]
[NonParallelizable]
public sealed class FullDiskTests
{
    // A night begins with 100 MB free at least.
    private const long DiskBytes = 160 << 20;

    private string _disk;

    [SetUp]
    public async Task MountAsync()
    {
        _disk = Directory.CreateTempSubdirectory("disk-").FullName;
        int code = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess ? await RunAsync("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", _disk) : -1;
        if (code != 0)
        {
            Directory.Delete(_disk);
            Assert.Ignore("A file system of its own can only be mounted by root, where the machine allows it.");
        }
    }

    [TearDown]
    public async Task UnmountAsync()
    {
        if (Directory.Exists(_disk))
        {
            await RunAsync("umount", "-l", _disk);
            Directory.Delete(_disk);
        }
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task DiskThatFillsUp_EndsTheNightNamedAndReported(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(_disk, "run");
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--out", folder);
        await night.LineAsync("S17", cancellationToken);

        await FillAsync(cancellationToken);
        int code = await night.EndAsync(cancellationToken);

        RunRecord run = RunReader.Read(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(3), night.Output);
            Assert.That(night.Output, Does.Contain("No space left on device").Or.Contain("full").IgnoreCase);
            Assert.That(night.Output, Does.Not.Contain("   at LabRunner"));
            Assert.That(run.Outcome, Is.Not.EqualTo("completed").And.Not.Null, "the verdict found room");
            Assert.That(new FileInfo(Path.Combine(folder, "report", "index.html")).Length, Is.GreaterThan(10_000), "so did the report");
        }
    }

    // To the last byte: what is written next finds nothing.
    private async Task FillAsync(CancellationToken cancellationToken)
    {
        // Without a buffer of its own, which would find no room when the file is closed.
        await using FileStream junk = new(Path.Combine(_disk, "junk"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (int piece = 1 << 20; piece > 0; piece /= 2)
        {
            await WriteUntilFullAsync(junk, piece, cancellationToken);
        }
    }

    private static async Task WriteUntilFullAsync(FileStream junk, int piece, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[piece];
        try
        {
            while (true)
            {
                await junk.WriteAsync(bytes, cancellationToken);
            }
        }
        catch (IOException)
        {
            // Full, to less than a piece.
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
