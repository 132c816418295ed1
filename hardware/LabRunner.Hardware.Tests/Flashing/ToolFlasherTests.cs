using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>Flashing programs of others, played by scripts that lie in every way that real ones were seen to.</summary>
[TestFixture]
[CancelAfter(300_000)]
public sealed class ToolFlasherTests
{
    // Silence of so much machine time is a hang here; a script that works has minutes.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Test]
    public async Task Write_ToolSucceeds_StrapAndPowerWereMovedAroundIt()
    {
        using FakeTool tool = new("echo 'Writing 10 %'; printf '50 %%\\r100 %%\\n'; echo all done");
        await tool.WriteAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tool.Events, Is.EqualTo(new[] { "strap on", "power off", "power on", "tool", "tool over", "strap off" }));
            Assert.That(tool.Progress, Is.EqualTo(new long[] { 100, 500, 1000 }));
            Assert.That(tool.Log, Does.Contain("$ ").And.Contain("--at 0x1000").And.Contain("all done"));
        }
    }

    [TestCase("echo working", "exit code 0 without the line of success", TestName = "Write_ExitZeroWithoutSuccess_Fails")]
    [TestCase("", "it printed nothing", TestName = "Write_SilentExitZero_Fails")]
    [TestCase("echo all done; exit 3", "exit code 3", TestName = "Write_SuccessLineAndBadExit_Fails")]
    [TestCase("echo it went wrong >&2; echo all done", "it said 'it went wrong'", TestName = "Write_FailureLineAndSuccessAndExitZero_Fails")]
    [TestCase("echo all done; kill -9 $$", "exit code 137", TestName = "Write_KilledByAnother_Fails")]
    [TestCase("echo connecting...; exit 2", "last words: connecting...", TestName = "Write_Fails_SaysItsLastWords")]
    public async Task Write_ToolFails_IsAFailure(string script, string said)
    {
        using FakeTool tool = new(script);
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => tool.WriteAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Stage, Is.EqualTo("tool"));
            Assert.That(failed.Message, Does.Contain(said).And.Contain("GPIO0 low").And.Contain("flash-tool.txt"));
            Assert.That(tool.Events[^1], Is.EqualTo("strap off"));
        }
    }

    [Test]
    public async Task Write_ExitCodesMeanNothing_TheLinesDecide()
    {
        using FakeTool tool = new("echo all done; exit 7") { Command = new() { Arguments = ["{image}"], Success = "all done", ExitCodeTells = false } };
        await tool.WriteAsync();
        using FakeTool silent = new("exit 0") { Command = new() { Arguments = ["{image}"], Success = "all done", ExitCodeTells = false } };
        Assert.That((await Assert.ThrowsAsync<FlashFailedException>(() => silent.WriteAsync()))!.Message, Does.Contain("without the line of success"));
    }

    [Test]
    public async Task Write_ToolHangs_IsKilledWithItsChildren()
    {
        using FakeTool tool = new("echo all done; sleep 1000 & echo $! >\"$here/child\"; setsid sleep 1000 & echo $! >\"$here/escaped\"; wait")
        {
            Command = new() { Arguments = ["{image}"], Success = "all done", Idle = Soon, Limit = TimeSpan.FromMinutes(4) },
        };
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => tool.WriteAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Message, Does.Contain("it printed nothing for 2 s and was killed with its children"));
            Assert.That(Lives(tool.Pid("child")), Is.False);
            Assert.That(Lives(tool.Pid("escaped")), Is.False, "a child in a session of its own");
        }
    }

    [Test]
    public async Task Write_ToolPrintsForEver_IsKilledAtTheLimitAndItsLogIsBounded()
    {
        using FakeTool tool = new("echo all done; yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa | tr -d '\\n'")
        {
            Command = new() { Arguments = ["{image}"], Success = "all done", Idle = TimeSpan.FromMinutes(4), Limit = TimeSpan.FromSeconds(4) },
        };
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => tool.WriteAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Message, Does.Contain("it was not done after 4 s and was killed"));
            Assert.That(failed.Message, Has.Length.LessThan(2000));
            Assert.That(tool.Log, Has.Length.LessThan(ToolProcess.MostLogged + 100_000));
        }
    }

    [Test]
    public async Task Write_ChildKeepsThePipesOpen_IsNotWaitedForAndKilled()
    {
        using FakeTool tool = new("sleep 1000 & echo $! >\"$here/child\"; echo all done");
        await tool.WriteAsync();
        Assert.That(Lives(tool.Pid("child")), Is.False, "it would hold the port");
    }

    [Test]
    public async Task Write_Cancelled_KillsTheToolAndReleasesTheStrap()
    {
        using FakeTool tool = new("echo $$ >\"$here/tool\"; touch \"$here/runs\"; sleep 1000");
        using CancellationTokenSource stop = new();
        Task writing = tool.WriteAsync(stop.Token);
        await ExistsAsync(tool.PathOf("runs"));
        await stop.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => writing);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Lives(tool.Pid("tool")), Is.False);
            Assert.That(tool.Events.TakeLast(2), Is.EqualTo(new[] { "tool over", "strap off" }));
        }
    }

    [Test]
    public async Task Write_Arguments_PassNoShell()
    {
        using FakeTool tool = new("for a in \"$@\"; do echo \"<$a>\"; done; echo all done");
        await tool.WriteAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tool.Log, Does.Contain($"</dev/a port>\n<--at>\n<0x1000>\n<{tool.Image}>"));
            Assert.That(tool.Image, Does.Contain("$(touch pwned)").And.Not.Exist);
            Assert.That(tool.PathOf("pwned"), Does.Not.Exist);
        }
    }

    [Test]
    public async Task Write_ChipListensOnlyAfterItsStart_PowerIsCycledUntilTheToolHasIt()
    {
        using FakeTool tool = new(
            "n=0; while [ $n -lt 2 ]; do while [ ! -e \"$here/powered\" ]; do sleep 0.05; done; rm \"$here/powered\"; n=$((n+1)); done; echo linked up; sleep 1; echo all done")
        {
            Download = new() { Pin = "none", Strap = false, Power = DownloadEntry.During, Every = TimeSpan.FromSeconds(10), Linked = "^linked" },
            HasStrap = false,
        };
        await tool.WriteAsync();
        string[] expected = ["tool", "power off", "power on", "power off", "power on"];
        Assert.That(tool.Events.Take(5), Is.EqualTo(expected), "it starts before power, and sees two starts");
    }

    [Test]
    public async Task Write_SupplyFailsWhileTheToolRuns_TheToolIsKilled()
    {
        using FakeTool tool = new("echo $$ >\"$here/tool\"; sleep 1000")
        {
            Download = new() { Pin = "none", Strap = false, Power = DownloadEntry.During, Every = TimeSpan.FromMinutes(1), Linked = "^linked" },
            PowerFails = true,
        };
        await Assert.ThrowsAsync<BenchFaultException>(() => tool.WriteAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tool.Events, Is.EqualTo(new[] { "tool", "tool over" }));
            Assert.That(!File.Exists(tool.PathOf("tool")) || !Lives(tool.Pid("tool")), Is.True);
        }
    }

    [Test]
    public async Task Write_NoStrap_IsRefusedBeforeAnythingMoves()
    {
        using FakeTool tool = new("echo all done") { HasStrap = false };
        FlashFailedException? failed = await Assert.ThrowsAsync<FlashFailedException>(() => tool.WriteAsync());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failed!.Message, Does.Contain("no boot strap").And.Contain("GPIO0 low"));
            Assert.That(tool.Events, Is.Empty);
        }
    }

    [Test]
    public void Lines_ColoursRedrawsAndLongLines_AreTakenApart()
    {
        List<string> lines = [];
        ToolLines reader = new(lines.Add);
        byte[] bytes = [.. "\u001b[31mred\u001b[0m\r1 %\b\b\b2 %\n"u8, .. new byte[10_000].Select(_ => (byte)'x'), .. "\nlast"u8, 0xFF, 0xC3];
        foreach (byte b in bytes)
        {
            reader.Take([b]);
        }

        reader.End();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines.Take(3), Is.EqualTo(new[] { "red", "1 %", "2 %" }));
            Assert.That(lines[3], Has.Length.EqualTo(ToolLines.LongestLine));
            Assert.That(lines[^1], Does.StartWith("last"));
        }
    }

    private static bool Lives(int pid)
    {
        try
        {
            // A zombie is dead: only its parent has not looked yet.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task ExistsAsync(string file)
    {
        while (!File.Exists(file))
        {
            TestContext.CurrentContext.CancellationToken.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
