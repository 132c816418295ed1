namespace LabRunner.Reports.Benchmarks;

/// <summary>Prints figures against their aims.</summary>
internal sealed class Figures
{
    /// <summary>True while no figure was above its aim.</summary>
    internal bool AllWithin { get; private set; } = true;

    /// <summary>Prints one figure; its ratio is value over aim, so that at most 1 is good.</summary>
    internal void Add(string what, double value, double aim, string unit)
    {
        double ratio = value / aim;
        AllWithin &= ratio <= 1;
        Console.WriteLine($"{what,-58} {value,9:0.00} {unit,-3} aim {aim,6:0} {unit,-3} ratio {ratio,5:0.00}{(ratio <= 1 ? "" : "  ABOVE")}");
    }

    /// <summary>Prints a fact beside the figures.</summary>
    internal static void Note(string what) => Console.WriteLine(what);

    /// <summary>Prints one way against another of the same run.</summary>
    internal static void Compare(string what, double value, string other, double baseline, string unit) =>
        Console.WriteLine($"{what,-58} {value,9:0.00} {unit,-3} {other} {baseline:0.00} {unit}, ratio {value / baseline:0.00}");
}
