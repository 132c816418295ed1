using System.Globalization;
using LabRunner.Reports.Benchmarks;
using LabRunner.Reports.Records;

// The report of a synthetic night and the trend of a hundred nights, against their aims. Each figure is printed as its share of the aim; the
// program's code is 1 when one is above it. An argument chooses one: night, page, trend, parts. "parts FOLDER" looks at a run that is there.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["draw", var folder])
{
    // A process of its own, so that the memory it took is the drawing's.
    return DrawFigure.Draw(folder);
}

if (args is ["parts", var run])
{
    PartsFigure.Measure(run);
    return 0;
}

string[] known = ["night", "page", "trend", "parts"];
if (args.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. There are: {string.Join(", ", known)}.");
    return 64;
}

bool Wanted(string name) => args.Length == 0 || args.Contains(name);
Figures figures = new();
string runs = Directory.CreateTempSubdirectory("labrunner-runs-").FullName;
string night = Path.Combine(runs, SyntheticNight.NameOf(SyntheticNight.Full.Origin));
try
{
    SyntheticNight.Write(night, SyntheticNight.Full);
    if (Wanted("trend"))
    {
        TrendFigure.MeasureUndrawn(night);
    }

    if (Wanted("parts"))
    {
        PartsFigure.Measure(night);
    }

    await DrawFigure.MeasureAsync(night, figures).ConfigureAwait(false);
    if (Wanted("night"))
    {
        await DrawFigure.MeasureWithNeighboursAsync(night, SyntheticNight.WriteNeighbours(night, SyntheticNight.Full, EarlierNights.Most), figures).ConfigureAwait(false);
    }

    if (Wanted("trend"))
    {
        TrendFigure.Measure(night, figures);
    }

    if (Wanted("page"))
    {
        await PageFigure.MeasureAsync(Path.Combine(night, "report", "index.html"), figures).ConfigureAwait(false);
    }
}
finally
{
    Directory.Delete(runs, recursive: true);
}

return figures.AllWithin ? 0 : 1;
