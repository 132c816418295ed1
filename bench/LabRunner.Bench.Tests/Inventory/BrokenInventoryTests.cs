using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>What people get to read when an inventory is wrong: place, problem and remedy, word for word.</summary>
public sealed class BrokenInventoryTests
{
    [TestCase("    sentinel: true\n", "    sentinel: true\n    sentinel: true\n", "16:5: the key 'sentinel' stands here a second time. Keep one; the first is on line 15.")]
    [TestCase("mqtt: obk_p2", "mqtt: obk_p1", "41:11: the MQTT client 'obk_p1' of slot 'p2' is already used by slot 'p1'. Give each its own.")]
    [TestCase("${virtual.p2.http}", "${virtual.p1.http}", "40:11: the HTTP address '127.0.0.1:4006' of slot 'p2' is already used by slot 'p1'. Give each its own.")]
    [TestCase("${virtual.p2.tty}", "${virtual.p1.tty}", "36:38: the console '/run/bench/virtual.p1.tty' of 'console' of slot 'p2' is already used by 'console' of slot 'p1'. Give each its own.")]
    [TestCase("line: 8 }", "line: 3 }", "31:54: line '3' of 'harness' of 'power' of slot 'p2' is already used by 'button' of slot 'p1'. Give each its own.")]
    [TestCase("cf: 3,", "cf: 2,", "37:55: line '2' of 'harness-pwm' of 'pulses' of slot 'p2' is already used by 'pulses' of slot 'p1'. Give each its own.")]
    [TestCase("0x41", "0x40", "38:62: address '0x40' on 'harness-i2c' of 'rail' of slot 'p2' is already used by 'rail' of slot 'p1'. Give each its own.")]
    [TestCase("0x41", "0x99", "38:62: 'address' is '0x99', out of range. Write 64 to 79.")]
    [TestCase("  p2:\n", "  p2:\n    sentinel: true\n", "29:15: slot 'p2' is a second sentinel, 'p1' is one already. Keep one: it tells a fault of the bench from a failure of a plug.")]
    [TestCase("board: rmc021", "board: rmc012", "94:18: unknown board 'rmc012'. Write 'rmc021'.")]
    [TestCase("driver: tty", "driver: ttty", "22:27: unknown console driver 'ttty'. Write 'tty'.")]
    [TestCase("driver: udp-echo", "driver: zzzzzzzzzzzzz", "25:27: unknown ping driver 'zzzzzzzzzzzzz'. Known are udp-echo, icmp.")]
    [TestCase("driver: tty, path", "path", "22:17: 'console' of slot 'p1' lacks the key 'driver'. Add 'driver: tty'.")]
    [TestCase("chip: harness, line: 0", "chip: harness, lin: 0", "17:17: 'power' of slot 'p1' lacks the key 'line'. Add 'line: a line's offset, 0 to 1023, or its name'.", "17:48: 'power' of slot 'p1' has no key 'lin'. Write 'line'.")]
    [TestCase("line: 0 }", "line: 1024 }", "17:54: 'line' is '1024'. Write a line's offset, 0 to 1023, or its name.")]
    [TestCase("line: 0 }", "line: 0, activeLow: yes }", "17:68: 'activeLow' is 'yes'. Write true or false.")]
    [TestCase("line: 0 }", "line: 0, settle: 20 }", "17:65: 'settle' is '20'. Write a number with a unit: 300ms, 5s, 2m, 12h or 1d.")]
    [TestCase("line: 0 }", "line: 0, settle: 20s }", "17:65: 'settle' is '20s', out of range. Write 1ms to 10s.")]
    [TestCase("chip: harness, line: 0", "chip: harnes, line: 0", "17:39: unknown resource of kind gpio 'harnes'. Write 'harness'.")]
    [TestCase("chip: harness, line: 0", "chip: harness-pwm, line: 0", "17:39: the resource 'harness-pwm' is of kind pwm, needed is gpio. Write 'harness'.", "23:55: line '0' of 'harness-pwm' of 'pulses' of slot 'p1' is already used by 'power' of slot 'p1'. Give each its own.")]
    [TestCase("bus: harness-i2c", "bus: harness-i2x", "24:40: unknown resource of kind i2c 'harness-i2x'. Write 'harness-i2c'.")]
    [TestCase("kind: pwm", "kind: pmw", "7:24: unknown resource kind 'pmw'. Write 'pwm'.")]
    [TestCase("supply: isolated-3v3", "supply: mains\n    isolated: true", "24:17: slot 'p1' is on mains and has 'pulses' without isolation. Write 'isolatedInjection: true' if the pulse harness is rated for mains, or 'supply: isolated-3v3' if no mains is present.")]
    [TestCase("supply: isolated-3v3", "supply: mains\n    isolatedInjection: true", "19:17: slot 'p1' is on mains and has 'bootStrap' without isolation. Write 'isolated: true' if its line passes an isolator rated for mains, or 'supply: isolated-3v3' if no mains is present.", "20:17: slot 'p1' is on mains and has 'reset' without isolation. Write 'isolated: true' if its line passes an isolator rated for mains, or 'supply: isolated-3v3' if no mains is present.", "23:17: slot 'p1' is on mains and has 'console' without isolation. Write 'isolated: true' if its line passes an isolator rated for mains, or 'supply: isolated-3v3' if no mains is present.", "25:17: slot 'p1' is on mains and has 'rail' without isolation. Write 'isolated: true' if its line passes an isolator rated for mains, or 'supply: isolated-3v3' if no mains is present.")]
    [TestCase("supply: isolated-3v3", "supply: isolated-3v4", "16:13: unknown value of 'supply' 'isolated-3v4'. Write 'isolated-3v3'.")]
    [TestCase("    supply: isolated-3v3", "    relayOn: declard\n    supply: isolated-3v3", "16:14: unknown value of 'relayOn' 'declard'. Write 'declared'.")]
    [TestCase("    relaySense: { driver: gpio, chip: harness, line: 4 }\n", "    relayOn: declared\n", "21:14: slot 'p1' is to lose its power when its relay closes undeclared, and has no relaySense. Add 'relaySense: { driver: … }', or leave relayOn out.")]
    [TestCase("    supply: isolated-3v3", "    suply: mains\n    supply: isolated-3v3", "16:5: slot 'p1' has no key 'suply'. Write 'supply'.")]
    [TestCase("id: F09", "id: F90", "91:48: unknown fault 'F90'. Write 'F09'.")]
    [TestCase("F01, uptime", "F01, uptim", "90:53: unknown parameter of F01 'uptim'. Write 'uptime'.")]
    [TestCase("    p3: {", "    p33: {", "42:3: slot 'p3' has no virtual plug. Add 'p3' to 'plugs' of 'virtual'.", "91:5: unknown slot 'p33'. Write 'p3'.")]
    [TestCase("${virtual.p1.http}", "10.0.0.7", "26:11: 'http' of slot 'p1' is '10.0.0.7', which is not host:port. Write for example 192.168.4.21:80.")]
    [TestCase("${virtual.mqtt}", "a:b:c", "4:17: the broker 'a:b:c' is not host:port. Write for example 192.168.4.1:1883.")]
    [TestCase("${virtual.mqtt}", "${virtual.mqt}", "4:17: unknown variable 'virtual.mqt'. Write 'virtual.mqtt'.")]
    [TestCase("${virtual.mqtt}", "${virtual.mqtt", "4:17: '${virtual.mqtt' has no closing brace. Write ${name}.")]
    [TestCase("path: \"${virtual.p1.tty}\"", "path: \"${virtual.p1.tty}\", baud: 9", "22:65: 'baud' is '9', out of range. Write 1200 to 4000000.")]
    [TestCase("maxTimeScale: 100", "maxTimeScale: 1e9", "87:17: 'maxTimeScale' is '1e9', out of range. Write 1 to 1000.")]
    [TestCase("bench: virtual", "bench: ../virtual", "2:8: '../virtual' is no name for 'bench'. Use letters, digits, '-' and '_', at most 40.")]
    public void LoadText_OneThingWrong_SaysExactlyThat(string right, string wrong, params string[] expected)
    {
        string text = File.ReadAllText(DataFiles.VirtualFile);
        int at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThanOrEqualTo(0), $"the file has no '{right}'");
        Assert.That(Problems(text.Remove(at, right.Length).Insert(at, wrong)), Is.EqualTo(expected.Select(e => "virtual.yaml:" + e).ToArray()));
    }

    [TestCase("1.18", "1.18.158")]
    [TestCase("1.18.158", "1.18")]
    [TestCase("1.18.158", "1.18.158")]
    public void LoadText_FirmwareThatCannotBeToldApart_IsNamed(string a, string b)
    {
        string text = File.ReadAllText(DataFiles.VirtualFile).Replace("${virtual.versionA}", a, StringComparison.Ordinal).Replace("${virtual.versionB}", b, StringComparison.Ordinal);

        Assert.That(Problems(text), Is.EqualTo(new[] { $"virtual.yaml:11:{text.Split('\n')[10].IndexOf($"\"{b}\"", StringComparison.Ordinal) + 1}: version '{b}' of firmware 'b' cannot be told from '{a}' of 'a'. Write both as the build string shows them, whole; two firmwares with one version cannot be told apart." }));
    }

    [Test]
    public void LoadText_ManyThingsWrong_NamesAllAtOnce() =>
        Assert.That(
            Problems("""
                bench: lab
                mqqt: { broker: "10.0.0.1" }
                resources:
                  chip: { kind: gpio, driver: gpiochp, label: x }
                slots:
                  a:
                    board: cb3s
                    sentinel: maybe
                    power: { driver: command, program: p, args: a, exit: any, limits: { retries: 1.5 }, weight: heavy }
                    button: { driver: gpio, chip: chop, line: 1 }
                    mqtt: a
                  b: 5
                """),
            Is.EqualTo(new[]
            {
                "virtual.yaml:2:1: the inventory has no key 'mqqt'. Write 'mqtt'.",
                "virtual.yaml:4:31: unknown gpio driver 'gpiochp'. Write 'gpiochip'.",
                "virtual.yaml:7:12: unknown board 'cb3s'. Write 'cb2s'.",
                "virtual.yaml:8:15: 'sentinel' is 'maybe'. Write true or false.",
                "virtual.yaml:9:49: 'args' is 'a'. Write a list of texts: [a, b].",
                "virtual.yaml:9:58: unknown value of 'exit' 'any'. Known are zero, anyCode.",
                "virtual.yaml:9:71: 'limits' lacks the key 'run'. Add 'run: a number with a unit: 300ms, 5s, 2m, 12h or 1d'.",
                "virtual.yaml:9:82: 'retries' is '1.5'. Write a whole number.",
                "virtual.yaml:9:97: 'weight' is 'heavy'. Write a number.",
                "virtual.yaml:10:35: unknown resource of kind gpio 'chop'. Write 'chip'.",
                "virtual.yaml:11:11: slot 'a' has an MQTT client, but the bench has no broker. Add 'mqtt: { broker: host:port }'.",
                "virtual.yaml:12:6: 'b' in 'slots' is '5'. Write a mapping of keys and values.",
            }));

    [TestCase("bench: [a\nslots: {}\n")]
    [TestCase("bench: a\n\tslots: b\n")]
    [TestCase("bench: \"a\nslots:\n")]
    [TestCase("bench: *nothing\n")]
    public void LoadText_NoYaml_IsOneProblemWithAPlace(string text)
    {
        FileProblemsException failure = Refused(text);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(failure.Problems, Has.Count.EqualTo(1));
            Assert.That(failure.Message, Does.Contain("this is not valid YAML: "));
        }
    }

    [TestCase("", "1:1: the file is empty. Write a mapping of keys and values.")]
    [TestCase("just text", "1:1: expected a mapping of keys and values, found 'just text'. Write 'key: value' lines.")]
    public void LoadText_NoMapping_SaysSo(string text, string expected) =>
        Assert.That(Problems(text), Is.EqualTo(new[] { "virtual.yaml:" + expected }));

    [Test]
    public void LoadText_TooManySlots_SaysHowManyAreAllowed()
    {
        string text = "bench: lab\nslots:\n" + string.Concat(Enumerable.Range(0, 65).Select(i => $"  s{i}: {{ board: cb2s }}\n"));
        Assert.That(Problems(text), Is.EqualTo(new[] { "virtual.yaml:3:3: the bench has 65 slots. Use at most 64 a bench." }));
    }

    [Test]
    public void LoadText_DeepNesting_IsRefused() =>
        Assert.That(Refused("bench: " + new string('[', 5000)).Message, Does.Contain("nested deeper than 32 levels"));

    [Test]
    public void LoadText_AliasesOfAliases_AreRefused()
    {
        string levels = string.Concat(Enumerable.Range(1, 20).Select(i => $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n"));
        Assert.That(Refused($"a0: &a0 [x]\n{levels}").Message, Does.Contain("more than 50000 values"));
    }

    [TestCase("/dev/zero", "no regular file")]
    [TestCase("/", "this is a folder")]
    [TestCase("/proc/self/no-such.yaml", "has no .yaml file")]
    public void Load_NoReadableFile_SaysWhatItIs(string path, string said)
    {
        FileProblemsException failure = Assert.Throws<FileProblemsException>(
            () => InventoryLoader.Load(path, new FakeCatalogue(), null, DataFiles.Folders.Boards))!;
        Assert.That(failure.Message, Does.Contain(said));
    }

    [Test]
    public void LoadText_WithoutVariables_FindsTyposInTheirNames()
    {
        string text = File.ReadAllText(DataFiles.VirtualFile).Replace("${virtual.p4.echo}", "${virtual.p4.ecko}", StringComparison.Ordinal);
        FileProblemsException failure = Assert.Throws<FileProblemsException>(
            () => InventoryLoader.LoadText("virtual.yaml", text, new FakeCatalogue(), null, DataFiles.Folders.Boards))!;
        Assert.That(failure.Problems.Single().ToString(), Does.EndWith("unknown variable 'virtual.p4.ecko'. Write 'virtual.p4.echo'."));
    }

    private static string[] Problems(string text) => [.. Refused(text).Problems.Select(p => p.ToString())];

    private static FileProblemsException Refused(string text) =>
        Assert.Throws<FileProblemsException>(
            () => InventoryLoader.LoadText("virtual.yaml", text, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards))!;
}
