namespace LabRunner.Bench.Inventory;

/// <summary>Collects problems so that a person sees all of them at once. Not thread safe.</summary>
internal sealed class ProblemList
{
    private readonly List<FileProblem> _problems = [];

    /// <summary>Number found so far.</summary>
    public int Count => _problems.Count;

    public void Add(SourcePlace place, string problem, string remedy) => _problems.Add(new(place, problem, remedy));

    /// <summary>A word that is none of the known ones.</summary>
    public void Unknown(SourcePlace place, string what, string word, IReadOnlyCollection<string> known) =>
        Add(place, $"unknown {what} '{word}'", NearestWord.Remedy(word, known));

    /// <exception cref="FileProblemsException">Something was found: all of it, in file order.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
        {
            throw new FileProblemsException(
                [.. _problems.Distinct().OrderBy(p => p.Place.File, StringComparer.Ordinal).ThenBy(p => p.Place.Line).ThenBy(p => p.Place.Column)]);
        }
    }
}
