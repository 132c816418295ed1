using LabRunner.Fixtures;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Common;

/// <summary>The stop rule of suites that may leave a brick: one brick is enough for a board variant.</summary>
internal static class Bricks
{
    private const string Brick = "BRICK";

    /// <summary>Tells that a plug of the slot's board variant was bricked in this night, on whichever slot: to be asked before each attempt.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="done">Attempts so far.</param>
    /// <returns>Why the suite ends; null: it goes on.</returns>
    public static async Task<string?> BrickOfTheBoardAsync(this SuiteContext lab, int done)
    {
        foreach (string slot in lab.Description.Slots.Where(s => s.Board.Name == lab.SlotFacts.Board.Name).Select(s => s.Name))
        {
            IReadOnlyList<IncidentRecord> incidents = await lab.Bench.GetIncidentsAsync(slot, TimeSpan.Zero, lab.Token);
            if (incidents.FirstOrDefault(i => i is { Class: Brick, Expected: false }) is { } brick)
            {
                return $"Stopped after {done} attempts: slot {slot} of the same board ({lab.SlotFacts.Board.Name}) was bricked (incident #{brick.Id}).";
            }
        }

        return null;
    }
}
