using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.Json;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Tests.Host;

[TestFixture]
[SupportedOSPlatform("linux")]
internal sealed partial class VirtualBenchProcessTests
{
    private const int HangUp = 1;
    private const int Terminate = 15;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Start() => _folder = new TemporaryFolder();

    [TearDown]
    public void Stop() => _folder.Dispose();

    [Test, CancelAfter(60_000)]
    public async Task Process_LauncherGone_StaysUntilSigtermAndCleansUp(CancellationToken cancellationToken)
    {
        VirtualBenchConfig config = Config();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [typeof(VirtualBenchConfig).Assembly.Location])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        try
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(config, VirtualBenchJson.Options).AsMemory(), cancellationToken);
            await process.StandardInput.FlushAsync(cancellationToken);
            string line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? await process.StandardError.ReadToEndAsync(cancellationToken);
            VirtualBenchAddresses addresses = JsonSerializer.Deserialize<VirtualBenchAddresses>(line, VirtualBenchJson.Options)!;
            string file = await File.ReadAllTextAsync(Path.Combine(config.Directory, VirtualBenchHost.AddressesFile), cancellationToken);

            process.StandardInput.Close();
            process.StandardOutput.Close();
            process.StandardError.Close();
            Signal(process.Id, HangUp);
            using (HarnessLink link = new(addresses.Harness, "harness"))
            {
                Assert.That(link.Request(new HarnessRequest { Op = HarnessProtocol.Info }).Lines, Is.EqualTo(2 * HarnessLines.PerPlug), "one plug's lines and the bench's own");
            }

            Signal(process.Id, Terminate);
            await process.WaitForExitAsync(cancellationToken);

            using (Assert.EnterMultipleScope())
            {
                Assert.That(file.TrimEnd(), Is.EqualTo(line));
                Assert.That(addresses.Pid, Is.EqualTo(process.Id));
                Assert.That(process.ExitCode, Is.Zero);
                Assert.That(Directory.Exists(config.Directory), Is.False);
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Run_NobodyConnects_EndsAtTheOrphanLimit(CancellationToken cancellationToken)
    {
        VirtualBenchConfig config = Config() with { OrphanLimit = TimeSpan.FromMilliseconds(300) };

        (int code, string output, string errors) = await RunAsync(JsonSerializer.Serialize(config, VirtualBenchJson.Options));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(VirtualBenchProcess.Done));
            Assert.That(output.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain("no harness client"));
            Assert.That(Directory.Exists(config.Directory), Is.False);
        }
    }

    [TestCase("", "empty")]
    [TestCase("{\"directory\":", "cut off")]
    [TestCase("{\"dirctory\":\"/tmp/x\"}", "dirctory")]
    [TestCase("{\"directory\":\"/tmp/x\"}", "required")]
    public async Task Run_BrokenDocument_OneLineAndUsageCode(string document, string word)
    {
        (int code, string output, string errors) = await RunAsync(document);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(VirtualBenchProcess.Usage));
            Assert.That(output, Is.Empty);
            Assert.That(errors.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(errors, Does.Contain(word));
        }
    }

    [Test]
    public async Task Run_BadValues_EachIsNamed()
    {
        VirtualBenchConfig good = Config();
        (VirtualBenchConfig Config, string Word)[] bad =
        [
            (good with { Directory = "here" }, "here"),
            (good with { Directory = "/tmp/" + new string('x', 200) }, "socket path"),
            (good with { Clock = "noon" }, "noon"),
            (good with { Broker = "localhost" }, "localhost"),
            (good with { OrphanLimit = TimeSpan.Zero }, "orphanLimit"),
            (good with { Plugs = [] }, "0 plugs"),
            (good with { Plugs = [good.Plugs[0], good.Plugs[0]] }, "two plugs"),
            (good with { Plugs = [good.Plugs[0] with { Name = "../p1" }] }, "../p1"),
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach ((VirtualBenchConfig config, string word) in bad)
            {
                (int code, _, string errors) = await RunAsync(JsonSerializer.Serialize(config, VirtualBenchJson.Options));
                Assert.That(code, Is.EqualTo(VirtualBenchProcess.Usage), word);
                Assert.That(errors, Does.Contain(word));
            }
        }
    }

    [Test]
    public async Task Run_FolderInUse_IsRefusedAndLeftAlone()
    {
        await File.WriteAllTextAsync(_folder.File("thesis.txt"), "precious");

        (int code, _, string errors) = await RunAsync(JsonSerializer.Serialize(Config() with { Directory = _folder.Path }, VirtualBenchJson.Options));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(VirtualBenchProcess.Usage));
            Assert.That(errors, Does.Contain("not empty"));
            Assert.That(File.Exists(_folder.File("thesis.txt")), Is.True);
        }
    }

    [Test]
    public async Task Run_ArgumentsWrong_UsageCodeAndHelpIsNamed()
    {
        using StringWriter errors = new();
        using StringWriter output = new();

        int wrong = await VirtualBenchProcess.RunAsync(["--cofnig", "x"], Stream.Null, output, errors);
        int missing = await VirtualBenchProcess.RunAsync(["--config", _folder.File("none.json")], Stream.Null, output, errors);
        int help = await VirtualBenchProcess.RunAsync(["--help"], Stream.Null, output, errors);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((wrong, missing, help), Is.EqualTo((VirtualBenchProcess.Usage, VirtualBenchProcess.Usage, VirtualBenchProcess.Done)));
            Assert.That(errors.ToString(), Does.Contain("--help").And.Contain("none.json"));
            Assert.That(output.ToString(), Does.Contain("orphanLimit"));
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private static void Signal(int process, int signal) => Assert.That(Kill(process, signal), Is.Zero);

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string document)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        using MemoryStream input = new(System.Text.Encoding.UTF8.GetBytes(document));
        int code = await VirtualBenchProcess.RunAsync([], input, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private VirtualBenchConfig Config() => VirtualBenchHostTests.OnePlug(_folder.File("bench"), LabClock.Start(20));
}
