namespace LabRunner.Bench.Benchmarks;

/// <summary>A benchmark: one class in one file, found by reflection.</summary>
internal interface IFigure
{
    /// <summary>Word that chooses it on the command line.</summary>
    string Word { get; }

    /// <summary>Takes the figures and prints them, each beside another taken in the same run.</summary>
    Task MeasureAsync();
}
