using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests;

/// <summary>A run in which every text that a device or a file can decide is the given one.</summary>
internal static class Hostile
{
    // Legal JSON whose names and texts are no legal text: halves of characters.
    private const string Halves = "{\"\\ud800\":\"x\",\"half\":\"\\udc00\",\"\\ud800 <b>\":{\"\\udc00\":[\"\\ud800\"]}}";

    internal static TestRun Run(string text, string artefactPath = "artifacts/none.png")
    {
        TestRun run = new();
        run.Begin();
        foreach (string key in new[] { MetaKeys.Bench, MetaKeys.Plan, MetaKeys.Seed, MetaKeys.Outcome, MetaKeys.Runner, MetaKeys.PlanText, MetaKeys.InventoryText })
        {
            run.Meta(key, text);
        }

        run.Meta(MetaKeys.OriginUtc, "2026-11-22T22:00:00Z");
        run.Meta(MetaKeys.Ended, "100");
        run.Slot("p1", text, board: text);
        run.Identity("p1", "before", 1, new { build = text });
        run.Identity("p1", "after", 2, new Dictionary<string, string> { ["build"] = text, [text] = text });
        run.Insert("identities", ("slot", "p1"), ("phase", "later"), ("at", 3), ("facts", Halves));
        run.Insert("intents", ("slot", "p1"), ("kind", "stimulus"), ("text", text), ("opened", 1), ("closed", 2), ("suite", "S12"), ("data", Halves));
        run.Insert("trials", ("slot", "p1"), ("suite", "S09"), ("step", text), ("at", 2), ("ok", false), ("durationMs", 5), ("detail", Halves));
        run.Insert("measurements", ("slot", "p1"), ("suite", "S14"), ("name", text), ("at", 2), ("value", 3), ("unit", text), ("verdict", "PASS"), ("detail", Halves));
        run.Insert("events", ("at", 20), ("slot", "p1"), ("kind", text), ("text", text), ("data", Halves));
        run.Lane("p1", "P", 0, 50, "dead", text);
        run.Lane("p1", text, 0, 50, text, text);
        run.Intent("p1", text, text, 1, 2, text);
        run.Boot("p1", 3, text, false, 4, text);
        run.Incident("p1", text, text, text, 5, 6, 7, text, text, [text, text], source: text, stimulus: text, resetReason: text);
        run.Incident("p1", text, text, text, 5, 6, 7, text, text, [text], expected: true);
        run.Test("p1", text, text, 1, 9, Verdict.Fail, text, text);
        run.Test("p1", text, text, 1, null, Verdict.Warn, text, text);
        run.Trial("p1", text, text, 2, false, 10);
        run.Measure("p1", "S14", text, 2, 3, text, 1, 2, 3, Verdict.Fail);
        run.Exposure("p1", text, 0, 100);
        run.Down("p1", 20, 30, true, text);
        run.Event(20, "p1", "console-gap", text);
        run.Artefact("p1", text, text, 2, text, text, artefactPath);
        run.Artefact("p1", text, text, 2, text, "image/png", artefactPath);
        run.Verdict("slot:p1", "stability", Verdict.Warn, text);
        run.Verdict("slot:p1", text, Verdict.Warn, text, 1, text, 2, 3, 4, 0.9);
        run.Verdict("night", "overall", Verdict.Warn, text);
        run.Commit();
        return run;
    }
}
