using LabRunner.Reports.Records;

namespace LabRunner.Reports.Comparison;

/// <summary>
/// The nights of a trend as one board sees them. Its rates are of what plans played: runs by hand decide nothing.
/// </summary>
internal sealed record BoardNights
{
    private readonly IReadOnlyList<NightSummary> _reference;

    /// <summary>Sorts out a board's nights.</summary>
    /// <param name="board">Board name.</param>
    /// <param name="nights">All nights, in order of their start.</param>
    /// <param name="reference">All nights of the reference; none where there is no reference.</param>
    internal BoardNights(string board, IReadOnlyList<NightSummary> nights, IReadOnlyList<NightSummary> reference)
    {
        (Board, All, _reference) = (board, [.. nights.Where(n => n.Cells.Any(c => c.Board == board))], reference);
        NightSummary[] known = [.. All.Where(n => CellsOf(n).Any(c => c.Known))];
        NightSummary[] played = [.. known.Where(n => !HandPlans.Has(n.Plan))];
        NightSummary[] judged = played.Length > 0 ? played : known;
        Newest = judged.LastOrDefault();
    }

    /// <summary>Board name.</summary>
    internal string Board { get; }

    /// <summary>Nights that the board ran in, in order.</summary>
    internal IReadOnlyList<NightSummary> All { get; }

    /// <summary>
    /// The newest night in which it told a build, runs by hand aside; null where it never did. A build without hours counts too: it is not accepted,
    /// and an older one must not pass in its place.
    /// </summary>
    internal NightSummary? Newest { get; }

    /// <summary>Runs by hand that had hours, which no rate is of.</summary>
    internal IReadOnlyList<NightSummary> LeftOut => [.. All.Concat(_reference).DistinctBy(n => n.Folder).Where(n => HandPlans.Has(n.Plan) && CellsOf(n).Any(c => c.Total.Hours > 0))];

    /// <summary>Nights that its rates are of.</summary>
    internal IEnumerable<NightSummary> Rated => All.Where(n => !HandPlans.Has(n.Plan));

    /// <summary>The reference's part of them.</summary>
    internal Pool Reference => new([.. _reference.Where(n => !HandPlans.Has(n.Plan)).SelectMany(CellsOf)]);

    /// <summary>Builds, in the order in which they first ran.</summary>
    internal IEnumerable<string> Builds => All.SelectMany(CellsOf).Select(c => c.Firmware).Distinct();

    /// <summary>The board's cells of a night.</summary>
    internal IEnumerable<NightCell> CellsOf(NightSummary night) => night.Cells.Where(c => c.Board == Board);

    /// <summary>A build's cells of some nights.</summary>
    internal Pool Of(string firmware, IEnumerable<NightSummary> nights) => new([.. nights.SelectMany(CellsOf).Where(c => c.Firmware == firmware)]);

    /// <summary>A build's rated cells in the last nights that it had hours in.</summary>
    /// <param name="firmware">Build.</param>
    /// <param name="nights">Most nights.</param>
    internal Pool Last(string firmware, int nights) => Of(firmware, Rated.Where(n => CellsOf(n).Any(c => c.Firmware == firmware && c.Total.Hours > 0)).TakeLast(nights));

    /// <summary>A build's rated cells without nights of the reference: a night does not stand against itself.</summary>
    internal Pool Apart(string firmware) => Of(firmware, Rated.Where(n => !IsOfReference(n)));

    /// <summary>True for a night of the reference.</summary>
    internal bool IsOfReference(NightSummary night) => _reference.Any(r => r.Begun.Equals(night.Begun));

    /// <summary>Place of the night that a build first ran in.</summary>
    internal int FirstNight(string firmware) => All.Index().First(n => CellsOf(n.Item).Any(c => c.Firmware == firmware)).Index;
}
