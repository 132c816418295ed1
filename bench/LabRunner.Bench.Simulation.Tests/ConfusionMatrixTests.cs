using System.Globalization;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>Every failure that the watch alone can name, planted many times over in virtual plugs, on an ordinary Wi-Fi.</summary>
[Category("confusion-matrix")]
public sealed class ConfusionMatrixTests
{
    private const double Aim = 0.99;

    // Other seeds, for a figure that no rule was written by: --test-parameter firstSeed=1001 --test-parameter seeds=20
    private static readonly int Seeds = TestContext.Parameters.Get("seeds", 6);
    private static readonly int FirstSeed = TestContext.Parameters.Get("firstSeed", 1);

    [Test]
    public async Task Watch_OfEveryPlantedMode_NamesClassAndModeRight()
    {
        PlayedCase[] played = await PlayAllAsync();

        int right = played.Count(p => p.IsRight);
        TestContext.Out.WriteLine(Matrix(played));
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{right} of {played.Length} right ({(double)right / played.Length:P1})."));
        string[] late = [.. played.Where(p => p.IsRight).SelectMany(p => p.Problems.Select(t => $"{p.Case.Name}, seed {p.Seed}: {t}"))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((double)right / played.Length, Is.GreaterThanOrEqualTo(Aim), "share of right names");
            Assert.That(late, Is.Empty, "first symptom, confirmation, recovery");
        }
    }

    private static async Task<PlayedCase[]> PlayAllAsync()
    {
        (PlantedCase Case, long Seed)[] todo = [.. from planted in PlantedCases.All from seed in Enumerable.Range(FirstSeed, Seeds) select (planted, (long)seed)];
        PlayedCase[] played = new PlayedCase[todo.Length];

        // Each run has a thread of its own; their order does not matter, since nothing is shared.
        await Parallel.ForAsync(0, todo.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
            played[i] = await PlayedCase.PlayAsync(todo[i].Case, todo[i].Seed, RadioQuality.Ordinary));
        return played;
    }

    private static string Matrix(IReadOnlyList<PlayedCase> played)
    {
        string[] columns = [.. played.Select(p => p.Got).Distinct().Order(StringComparer.Ordinal)];
        int width = played.Max(p => p.Case.Name.Length + p.Case.Expected.Length) + 4;
        List<string> lines = ["planted (expected) → seen"];
        foreach (IGrouping<PlantedCase, PlayedCase> row in played.GroupBy(p => p.Case))
        {
            string cells = string.Join(", ", columns.Select(c => (Column: c, Count: row.Count(p => p.Got == c))).Where(c => c.Count > 0).Select(c => $"{c.Column} × {c.Count}"));
            lines.Add($"{$"{row.Key.Name} ({row.Key.Expected})".PadRight(width)} {(row.All(p => p.IsRight) ? "  " : "✗ ")}{cells}");
        }

        return string.Join(Environment.NewLine, lines);
    }
}
