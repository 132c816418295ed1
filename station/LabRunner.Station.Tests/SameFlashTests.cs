using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary><c>flash info</c>, <c>flash read</c> and <c>flash erase</c> say the same, write the same file and end with the same code, whether they open the bench themselves or ask the station that has it.</summary>
[CancelAfter(400_000)]
public sealed partial class SameFlashTests
{
    /// <summary>Line and code; {file} is a name of each way's own.</summary>
    private static readonly (string Line, int Code)[] Lines =
    [
        ("flash info p1", 0),
        ("flash read p1 {file} --from 0x1E9000 --length 0x2000", 0),
        ("flash read p1 {file} --from 0x1E9000 --length 0x2000", 64),
        ("flash read p1 {file}.late --from 0x1FF000 --length 0x2000", 64),
        ("flash read p1 {file}.json --length 0x1000 --json", 0),
        ("flash erase p1 --from 0x1F1000 --length 0x1000 --yes", 0),
        ("flash erase p1 --all --yes", 64),
        ("flash erase p1 --all", 64),
    ];

    [Test]
    public async Task EveryLineAndCode_IsTheSameWithAndWithoutAStation(CancellationToken cancellationToken)
    {
        await using StationProgram program = new();
        program.Variables["LABRUNNER_STATION"] = "off";
        List<(int Code, string Output, string Errors)> alone = await AllAsync("alone.bin", " --time-scale 4");
        program.Variables["LABRUNNER_STATION"] = "";
        (_, HttpClient client) = await program.ServeAsync(new Dictionary<string, string>(), cancellationToken, "--time-scale", "4");
        client.Dispose();
        await TestStation.UntilAsync(() => program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
        List<(int Code, string Output, string Errors)> there = await AllAsync("there.bin", "");
        (int Code, string Output, string Errors) backup = await program.RunAsync("image make-virtual 1.18.200 -o whole", cancellationToken) is { Code: 0 }
            ? await program.RunAsync("flash p1 whole --backup before.bin", cancellationToken) : default;
        (int Code, string Output, string Errors) loader = await program.RunAsync("flash info p1 --loader whole", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < Lines.Length; i++)
            {
                Assert.That(alone[i].Code, Is.EqualTo(Lines[i].Code), $"{Lines[i].Line}, alone: {alone[i]}");
                Assert.That((there[i].Code, Plain(there[i].Output), Plain(there[i].Errors)), Is.EqualTo((alone[i].Code, Plain(alone[i].Output), Plain(alone[i].Errors))), Lines[i].Line);
            }

            Assert.That(await ReadAsync("there.bin"), Has.Length.EqualTo(0x2000).And.EqualTo(await ReadAsync("alone.bin")));
            Assert.That(Directory.EnumerateFiles(program.Folder, "*.partial").Concat(Directory.EnumerateFiles(program.Folder, "*.late")), Is.Empty);
            Assert.That(JsonDocument.Parse(there[4].Output).RootElement.EnumerateObject().Select(p => p.Name), Is.EqualTo(JsonDocument.Parse(alone[4].Output).RootElement.EnumerateObject().Select(p => p.Name)));
            Assert.That(there[0].Output, Does.Contain("BOOT is released and power off.").And.Contain("boot2 at 0x0"));
            Assert.That((backup.Code, loader.Code), Is.EqualTo((64, 64)));
            Assert.That(backup.Errors, Does.StartWith("--backup: station ").And.Contain("Make one first with ./lab flash read p1 FILE"));
            Assert.That(loader.Errors, Does.StartWith("--loader and --out name files of this program's machine"));
        }

        Task<byte[]> ReadAsync(string name) => File.ReadAllBytesAsync(Path.Combine(program.Folder, name), cancellationToken);

        async Task<List<(int Code, string Output, string Errors)>> AllAsync(string file, string more)
        {
            List<(int Code, string Output, string Errors)> all = [];
            foreach ((string line, _) in Lines)
            {
                all.Add(await program.RunAsync(line.Replace("{file}", file, StringComparison.Ordinal) + more, cancellationToken));
            }

            return all;
        }
    }

    // But how fast it goes, and where this way has its plugs and files.
    private static string Plain(string text) => string.Join('\n', text.Split('\n').Where(l => !Own().IsMatch(l)).Select(l => Place().Replace(l, "PLACE")));

    [GeneratedRegex(@"^  \w+ +\d+ %|^The virtual bench runs|^Loader |""secondsLeft""|^\{""say"":""(The virtual bench runs|Loader )")]
    private static partial Regex Own();

    [GeneratedRegex(@"/tmp/labrunner-virtual-[0-9a-f]+|[^ ""]*(alone|there)\.bin|(?<=""folder"":"")[^""]*")]
    private static partial Regex Place();
}
