using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Tests.Nights;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>The verbs that hold one slot by hand, as a user starts them, on the virtual bench.</summary>
[CancelAfter(300_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class HandVerbTests
{
    private CommandBench _place;

    [SetUp]
    public void SetUp() => _place = new CommandBench();

    [TearDown]
    public void TearDown() => _place.Dispose();

    [Test]
    public async Task Power_OnForATime_SaysWhatIsSeenAndIsOffAtTheEnd(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, "power", "p1", "on", "--for", "5s", "--time-scale", "5", "--json");

        JsonElement[] lines = Lines(output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(lines[0].GetProperty("commanded").GetString(), Is.EqualTo("on"));
            Assert.That(lines[0].GetProperty("device").GetString(), Is.EqualTo("on"));
            Assert.That(lines[0].GetProperty("railVolts").GetDouble(), Is.EqualTo(3.3).Within(0.1));
            Assert.That(lines[^1].GetProperty("device").GetString(), Is.EqualTo("off"));
        }
    }

    [Test]
    public async Task Power_Cycle_IsOffForAsLongAsAsked(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, "power", "p1", "cycle", "--off", "4s", "--for", "1s", "--time-scale", "5");

        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("p1: on commanded, the supply says on").And.Contain("p1: off commanded, the supply says off"));
    }

    [Test]
    public async Task Power_HeldAndInterrupted_IsOff(CancellationToken token)
    {
        // Interrupted before it is confirmed, it would be 130 and off.
        Process holder = _place.Start("power", "s1", "on", "--bench", "{bench}");
        string? said;
        do
        {
            said = await holder.StandardOutput.ReadLineAsync(token);
        }
        while (said?.Contains("Held until Ctrl-C", StringComparison.Ordinal) == false);

        bool on = File.Exists(_place.Relay);
        NightProcess.Signal("INT", holder.Id);
        (int code, string output, string errors) = await CommandBench.EndAsync(holder, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(on, Is.True);
            Assert.That(code, Is.Zero, errors);
            Assert.That(_place.Relay, Does.Not.Exist);
            Assert.That(output, Does.Contain("s1: off commanded, the supply says off."));
        }
    }

    [Test]
    public async Task Power_OfASlotThatKeepsIt_StaysOn(CancellationToken token)
    {
        using CommandBench keeping = new("    keepPower: true");
        (int code, string _, string errors) = await keeping.RunAsync(token, "power", "s1", "on", "--bench", "{bench}");
        (int looked, string state, string _) = await keeping.RunAsync(token, "power", "s1", "state", "--bench", "{bench}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(keeping.Relay, Does.Exist);
            Assert.That((looked, state), Is.EqualTo((0, "s1: the supply says on.\n")));
        }
    }

    [Test]
    public async Task Power_State_SwitchesNothing(CancellationToken token)
    {
        await File.WriteAllTextAsync(_place.Relay, "", token);

        (int code, string output, string errors) = await _place.RunAsync(token, "power", "s1", "state", "--bench", "{bench}", "--json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(Lines(output).Single().GetProperty("device").GetString(), Is.EqualTo("on"));
            Assert.That(_place.Relay, Does.Exist);
        }
    }

    [Test]
    public async Task Press_ALivingButton_ShowsTheRelaysAnswerOnOneClock(CancellationToken token)
    {
        int code;
        string output;
        string errors;
        JsonElement sight;
        JsonElement[] edges;
        double length;
        do
        {
            // OpenBeken toggles after 90 to 900 ms: on a busy machine a press may become longer than it was asked for, and is tried again.
            (code, output, errors) = await _place.RunAsync(token, "press", "p1", "--ms", "300", "--answer", "5s", "--json");
            sight = Lines(output).Single();
            edges = [.. sight.GetProperty("edges").EnumerateArray()];
            length = edges.First(e => e.GetProperty("what").GetString() == "let go").GetProperty("at").GetDouble();
        }
        while (length > 850);

        Assert.That(edges.Select(e => e.GetProperty("what").GetString()), Has.Some.AnyOf("closed", "opened"), output + errors);
        JsonElement relay = edges.First(e => e.GetProperty("what").GetString() is "closed" or "opened");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(sight.GetProperty("answered").GetBoolean(), Is.True);
            Assert.That(sight.GetProperty("after").GetBoolean(), Is.Not.EqualTo(sight.GetProperty("before").GetBoolean()));
            Assert.That(edges.Select(e => e.GetProperty("what").GetString()).Take(2), Is.EqualTo(new[] { "pushed", "let go" }), output);

            // OpenBeken looks every 10 ms and waits for a second click about 380 ms long.
            Assert.That(relay.GetProperty("afterRelease").GetDouble(), Is.InRange(300, 600));
        }
    }

    [Test]
    public async Task Press_ADeadButton_IsCode1(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, "press", "p5", "--hold", "300ms", "--time-scale", "4");

        Assert.That(code, Is.EqualTo(1), errors);
        Assert.That(output, Does.Contain("The relay did not move within 2 s"));
    }

    [Test]
    public async Task Console_UntilALine_ShowsStampedCleanLinesAndEnds(CancellationToken token)
    {
        string log = Path.Combine(_place.Folder, "console.log");
        (int code, string output, string errors) = await _place.RunAsync(token, "console", "p1", "--until", "Starting bl602", "--timeout", "60s", "--log", log);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(output, Does.Match(@"(?m)^\[ +\d+\.\d{3}\] .*Starting bl602"));
            Assert.That(output.Any(c => char.IsControl(c) && c != '\n'), Is.False, "a DUT's bytes are data");
            Assert.That(await File.ReadAllTextAsync(log, token), Does.Contain("Starting bl602"));
        }
    }

    [Test]
    public async Task Console_LineThatNeverComes_IsCode1(CancellationToken token)
    {
        (int code, string _, string errors) = await _place.RunAsync(token, "console", "p1", "--until", "never said", "--timeout", "10s", "--time-scale", "5", "--json");
        Assert.That((code, errors), Is.EqualTo((1, "")));
    }

    [Test]
    public async Task Console_PipedLines_AreSentAndTheEndOfThePipeEndsNothing(CancellationToken token)
    {
        Process console = _place.Start("console", "p1", "--for", "30s", "--time-scale", "5", "--no-stamp");
        await console.StandardInput.WriteAsync("one\ntwo\n".AsMemory(), token);
        (int code, string output, string errors) = await CommandBench.EndAsync(console, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(output, Does.Contain("Starting bl602"), "shown after the pipe had ended");
            Assert.That(errors, Does.Contain("Ctrl-C ends this. Log: "));
        }
    }

    [Test]
    public async Task Inject_ALoad_PrintsWhatIsProgrammedAndWhatThePlugReads(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(
            token, "inject", "p1", "--watts", "500", "--volts", "230", "--for", "21s", "--every", "10s", "--time-scale", "2", "--json");

        JsonElement[] lines = Lines(output);
        JsonElement voltage = lines[^1].GetProperty("figures").EnumerateArray().Single(f => f.GetProperty("name").GetString() == "voltage");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(lines[0].GetProperty("channels").EnumerateArray().Select(c => Math.Abs(c.GetProperty("errorPpm").GetDouble())), Is.All.LessThan(100));
            Assert.That(lines[0].GetProperty("watts").GetDouble(), Is.EqualTo(500).Within(0.1));
            Assert.That(voltage.GetProperty("read").GetDouble(), Is.EqualTo(230).Within(3));
            Assert.That(voltage.GetProperty("quanta").GetDouble(), Is.InRange(-25, 25));
        }
    }

    [Test]
    public async Task Attach_ToARunningVirtualBench_UsesItsPlugsAndLeasesThem(CancellationToken token)
    {
        Process bench = _place.Start("virtual", "--time-scale", "2");
        string first = (await bench.StandardOutput.ReadLineAsync(token))!;
        Assert.That(first, Is.EqualTo("{"));
        string? line;
        string directory = "";
        while (directory.Length == 0 && (line = await bench.StandardOutput.ReadLineAsync(token)) is not null)
        {
            directory = line.Contains("\"directory\"", StringComparison.Ordinal) ? line.Split('"')[3] : "";
        }

        Process held = _place.Start("power", "p1", "on", "--attach", directory);
        await held.StandardOutput.ReadLineAsync(token);
        (int Code, string Output, string Errors) refused = await _place.RunAsync(token, "press", "p1", "--attach", directory);
        (int Code, string Output, string Errors) other = await _place.RunAsync(token, "power", "p2", "state", "--attach", directory);
        NightProcess.Signal("INT", held.Id);
        (int code, string _, string errors) = await CommandBench.EndAsync(held, token);
        (int Code, string Output, string Errors) after = await _place.RunAsync(token, "power", "p1", "state", "--attach", directory, "--json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Code, Is.EqualTo(3));
            Assert.That(refused.Errors, Does.Contain("slot p1 of bench 'virtual': another program of yours uses it for power on"));
            Assert.That(other.Code, Is.Zero, other.Errors);
            Assert.That(code, Is.Zero, errors);
            Assert.That(after.Code, Is.Zero, after.Errors);
            Assert.That(Lines(after.Output).Single().GetProperty("device").GetString(), Is.EqualTo("off"));
            Assert.That(bench.HasExited, Is.False, "it is another's and lives on");
        }
    }

    [TestCase(64, "--count above 1, --bounce and --at-power-up", "press", "p1", "--count", "2", "--bounce", "4")]
    [TestCase(64, "--ms and --hold", "press", "p1", "--ms", "2", "--hold", "4s")]
    [TestCase(64, "an even one", "press", "p1", "--bounce", "3")]
    [TestCase(64, "is no duration", "power", "p1", "on", "--for", "5")]
    [TestCase(64, "--off is for cycle", "power", "p1", "on", "--off", "5s")]
    [TestCase(64, "has no slot p9", "power", "p9", "state")]
    [TestCase(64, "outside 0.01 to 1", "inject", "p1", "--watts", "60", "--pf", "1.5")]
    [TestCase(64, "give --to-watts too", "inject", "p1", "--watts", "60", "--steps", "5")]
    [TestCase(64, "is no regular expression", "console", "p1", "--until", "(")]
    [TestCase(64, "--timeout is the limit of --until", "console", "p1", "--timeout", "3s")]
    [TestCase(64, "has real DUTs", "power", "s1", "state", "--bench", "{bench}", "--attach")]
    [TestCase(3, "the slot has no button", "press", "s1", "--bench", "{bench}")]
    [TestCase(3, "the slot has no console", "console", "s1", "--bench", "{bench}")]
    [TestCase(3, "the slot has no pulses", "inject", "s1", "--watts", "60", "--bench", "{bench}")]
    [TestCase(64, "there is nothing to reserve", "lease", "take", "p1", "--bench", "virtual")]
    [TestCase(64, "The bench 'virtual' has no slot s1; it has p1", "lease", "take", "s1")]
    [TestCase(64, "Nobody has 's1'", "lease", "break", "s1", "--bench", "{bench}")]
    [TestCase(64, "No such reservation is yours", "lease", "release")]
    public async Task WrongUse_IsASentenceAndACode(int expected, string sentence, params string[] arguments)
    {
        (int code, string output, string errors) = await _place.RunAsync(TestContext.CurrentContext.CancellationToken, arguments);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(expected), output + errors);
            Assert.That(output + errors, Does.Contain(sentence));
            Assert.That(errors, Does.Not.Contain("   at "), "no stack trace");
        }
    }

    [Test]
    public async Task Mains_WithoutIsolatedInjection_IsRefusedBeforeAnythingIsTouched(CancellationToken token)
    {
        using CommandBench mains = new("    pulses: { driver: command, set: \"touch {slot}-pulses\", stop: \"true\" }");
        await File.WriteAllTextAsync(mains.Bench, (await File.ReadAllTextAsync(mains.Bench, token)).Replace("isolated-3v3", "mains", StringComparison.Ordinal), token);

        (int code, string _, string errors) = await mains.RunAsync(token, "inject", "s1", "--watts", "60", "--bench", "{bench}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(65));
            Assert.That(errors, Does.Contain("is on mains and has 'pulses' without isolation").And.Contain("isolatedInjection: true"));
            Assert.That(mains.Relay, Does.Not.Exist);
        }
    }

    private static JsonElement[] Lines(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
}
