using System.Diagnostics;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>A verb that is refused says the same and ends with the same code, whether it opens the bench itself or asks the station that has it.</summary>
[CancelAfter(400_000)]
public sealed class SameRefusalTests
{
    private const string Bench = """
        bench: refusals
        slots:
          bare:
            board: sm-028-v1.3-b17
            supply: isolated-3v3
            power: { driver: command, on: "true", off: "true" }
          stuck:
            board: sm-028-v1.3-b17
            supply: isolated-3v3
            power: { driver: command, on: "false", off: "true" }
          dark:
            board: sm-028-v1.3-b17
            supply: isolated-3v3
            button: { driver: command, press: "true", release: "true" }
          narrow:
            board: sm-028-v1.3-b17
            supply: isolated-3v3
            pulses: { driver: command, set: "true {channel} {hertz}", stop: "true {channel}", minHertz: 100, maxHertz: 200 }

        """;

    /// <summary>Line, code, and what it says; {x} is a file of the folder.</summary>
    private static readonly (string Line, int Code, string Says)[] Refusals =
    [
        ("power nobody state", 64, "The bench 'refusals' has no slot nobody; it has bare, stuck, dark, narrow."),
        ("press nobody", 64, "has no slot nobody"),
        ("console nobody --for 1s", 64, "has no slot nobody"),
        ("inject nobody --watts 60", 64, "has no slot nobody"),
        ("flash nobody {whole}", 64, "has no slot nobody"),
        ("power dark on", 3, "Bench fault (Configuration): slot dark: the slot has no power. Add power: to the slot in the inventory."),
        ("power dark state", 3, "the slot has no power"),
        ("power dark cycle", 3, "the slot has no power"),
        ("press narrow", 3, "slot narrow: the slot has no button"),
        ("console bare --for 1s", 3, "slot bare: the slot has no console"),
        ("inject bare --watts 60 --for 1s", 3, "slot bare: the slot has no pulses"),
        ("inject narrow --watts 60 --for 1s", 64, "and the pulse source of slot narrow gives 100 to 200 Hz"),
        ("power stuck on", 3, "Bench fault (Command): slot stuck"),
        ("flash bare {whole}", 3, "slot bare: the slot has no console"),
        ("flash bare {rubbish}", 65, "Flashing failed at image"),
        ("flash bare {whole} --flasher nothing", 64, "There is no flasher 'nothing'"),
        ("flash info nobody", 64, "has no slot nobody"),
        ("flash info bare", 3, "slot bare: the slot has no console"),
        ("flash info bare --flasher blisp", 64, "flash info is not offered through blisp, the flasher of slot bare."),
        ("flash read bare {copy}", 3, "slot bare: the slot has no console"),
        ("flash read bare {copy} --flasher esptool", 64, "--length: how large the flash is, esptool is not asked."),
        ("flash erase bare --all", 64, "This would erase the whole flash of the DUT for good. Say --yes"),
        ("flash erase bare --all --yes", 3, "slot bare: the slot has no console"),
        ("flash erase bare --all --yes --flasher nothing", 64, "There is no flasher 'nothing'"),
        ("ota bare {update}", 64, "slot bare has no network address"),
        ("ota bare {rubbish}", 65, "Nothing was sent; use --anyway to try it all the same"),
        ("ota nobody {update}", 64, "has no slot nobody"),
        ("night --plan nothing", 65, "nothing.yaml"),
        ("night --plan tiny --slots nobody", 64, "has no slot nobody"),
        ("night --plan broken", 65, "broken.yaml:2"),
        ("night --plan tiny --time-scale 5", 64, "has real DUTs"),

        // Last: its folder stays, and another one of the same second would not be a new one.
        ("probe bare --name new-board", 3, "slot bare: the slot has no address"),
    ];

    [Test]
    public async Task EveryRefusal_IsTheSameWithAndWithoutAStation(CancellationToken cancellationToken)
    {
        await using StationProgram program = new();
        string inventory = Path.Combine(program.Folder, "refusals.yaml");
        await File.WriteAllTextAsync(inventory, Bench, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(program.Folder, "rubbish"), "a file that is no firmware", cancellationToken);
        program.Home.Add("tiny", "plan: tiny\nsuites:\n  - S02: { cycles: 1 }\n").Add("broken", "plan: broken\nsuitez: []\n");
        await program.RunAsync("image make-virtual 1.18.200 -o whole", cancellationToken);
        await program.RunAsync("image make-ota whole -o update", cancellationToken);
        Assert.That(File.Exists(Path.Combine(program.Folder, "update")), Is.True);

        program.Variables["LABRUNNER_STATION"] = "off";
        List<(int Code, string Output, string Errors)> alone = await AllAsync();
        program.Variables["LABRUNNER_STATION"] = "";
        (Process station, HttpClient client) = await program.ServeAsync(new Dictionary<string, string>(), cancellationToken, "--bench", inventory);
        client.Dispose();
        await TestStation.UntilAsync(() => program.Log.Any(l => l.Contains("4 slots are watched", StringComparison.Ordinal)));
        List<(int Code, string Output, string Errors)> there = await AllAsync();

        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < Refusals.Length; i++)
            {
                (string line, int code, string says) = Refusals[i];
                Assert.That((alone[i].Code, Last(alone[i].Errors).Contains(says, StringComparison.Ordinal)), Is.EqualTo((code, true)), $"{line}, alone: {alone[i]}");
                Assert.That((there[i].Code, Last(there[i].Errors)), Is.EqualTo((alone[i].Code, Last(alone[i].Errors))), $"{line}, at the station: {there[i]}");
            }

            Assert.That(station.HasExited, Is.False);
        }

        async Task<List<(int Code, string Output, string Errors)>> AllAsync()
        {
            List<(int Code, string Output, string Errors)> all = [];
            foreach ((string line, _, _) in Refusals)
            {
                all.Add(await program.RunAsync($"{line.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)} --bench {inventory}", cancellationToken));
            }

            return all;
        }
    }

    // What went before it says who has the bench.
    private static string Last(string text) => text.TrimEnd().Split('\n')[^1];
}
