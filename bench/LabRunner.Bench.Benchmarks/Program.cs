using System.Globalization;
using LabRunner.Bench.Benchmarks;

// Prints figures of the bench beside those of another way, taken in the same run. An argument chooses one: journal, latency, lease, night, observers.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
IFigure[] figures =
[
    .. typeof(IFigure).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(IFigure))).OrderBy(t => t.Name, StringComparer.Ordinal)
        .Select(t => (IFigure)Activator.CreateInstance(t)!).Where(f => args.Length == 0 || args.Contains(f.Word)),
];
if (figures.Length == 0)
{
    Console.Error.WriteLine($"There is no benchmark '{string.Join(' ', args)}'.");
    return 64;
}

foreach (IFigure figure in figures)
{
    await figure.MeasureAsync().ConfigureAwait(false);
}

return 0;
