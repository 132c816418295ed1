namespace LabRunner.Bench.Inventory;

/// <summary>What the inventory may name, as the composition root knows it. The bench knows no driver.</summary>
public interface IDriverCatalogue
{
    /// <summary>All entries.</summary>
    IReadOnlyList<CatalogueEntry> Entries { get; }

    /// <summary>Failure modes that virtual plugs can carry, with their parameter names and meaning.</summary>
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> PlantableFaults { get; }

    /// <summary>What is wrong with a line of a virtual bench's weather: problem and remedy; null when it is fine.</summary>
    (string Problem, string Remedy)? WeatherProblem(string line);
}

/// <summary>A driver word.</summary>
/// <param name="Contract">Contract it fulfils.</param>
/// <param name="Word">Value of <c>driver:</c>.</param>
/// <param name="Options">Type of its options record.</param>
/// <param name="Summary">One line for help and schema.</param>
public sealed record CatalogueEntry(string Contract, string Word, Type Options, string Summary);
