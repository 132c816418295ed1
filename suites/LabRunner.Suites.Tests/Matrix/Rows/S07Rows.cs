using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S07Rows : ISuiteRows
{
    public string Suite => "S07";

    // A stock plug fails halfOpen, vanished and split by its own code: those are rows of their own.
    public string Parameters => "parts: \"parallel,halfHeader,keepAlive,slowLoris,crawl,loss\", clients: \"1,4,8\", each: 10s, lossRequests: 10";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            Expected =
            [
                Outcome.Of("SilentConnections_AreGivenUp", Verdict.NotRun), Outcome.Of("VanishedClients_AreGivenUp", Verdict.NotRun),
                Outcome.Of("SplitRequests_AreAnswered", Verdict.NotRun),
            ],
        },
        new("nothing-asked")
        {
            Parameters = "parts: \"parallel,crawl\", clients: \"\", pages: \"\"",
            Expected = [Outcome.Of("ParallelRequests_CostNothingThatStays", Verdict.NotRun, "the plan asks no clients"), Outcome.Of("EveryPage_IsServedAndResetsNothing", Verdict.NotRun, "the plan asks no pages")],
        },
        new("f14-storm-resets")
        {
            Faults = "{ id: F14 }", Parameters = "parts: parallel, clients: 8, each: 10s",
            Expected = [Outcome.Fails("ParallelRequests_CostNothingThatStays", "it reset"), Outcome.Incident("HTTP_STORM", "F14")],
        },
        new("f15-stock-server")
        {
            Parameters = "parts: halfOpen, giveUpLimit: 40s, backLimit: 20s",
            Expected = [Outcome.Fails("SilentConnections_AreGivenUp", "are held longer than"), Outcome.Incident("HTTP_HALF_OPEN", "F15")],
        },
        new("f15-half-headers")
        {
            Faults = "{ id: F15 }", Parameters = "parts: halfHeader, giveUpLimit: 40s, backLimit: 20s",
            Expected = [Outcome.Fails("HalfHeaders_AreGivenUp", "are held longer than"), Outcome.Incident("HTTP_HALF_HEADER", "F15")],
        },
        new("f15-stock-server-vanished")
        {
            Parameters = "parts: vanished, silent: 6, giveUpLimit: 40s, backLimit: 20s",
            Expected = [Outcome.Fails("VanishedClients_AreGivenUp", "held longer"), Outcome.Incident("HTTP_VANISHED", "F15")],
        },
        new("f15-keeps-connections")
        {
            Faults = "{ id: F15, waits: keepAlive }", Parameters = "parts: keepAlive, keepAlives: 2",
            Expected = [Outcome.Fails("KeptConnections_AreAnsweredToTheEnd", "the answer had no end"), Outcome.Incident("HTTP_KEEP_ALIVE", "F15")],
        },
        new("f15-slow-clients")
        {
            Faults = "{ id: F15 }", Parameters = "parts: slowLoris, each: 30s",
            Expected = [Outcome.Fails("SlowClients_TakeNobodysService", "ordinary requests were served beside them"), Outcome.Incident("HTTP_SLOW_CLIENT", "F15")],
        },
        new("f16-stock-server")
        {
            Parameters = "parts: split, splits: 10, splitPause: 2s",
            Expected = [Outcome.Fails("SplitRequests_AreAnswered", "neither 200 nor 4xx"), Outcome.Incident("HTTP_SPLIT", "F16")],
        },
        new("f57-page-resets")
        {
            Faults = "{ id: F57 }", Parameters = "parts: crawl, pages: /cfg_generic",
            Expected = [Outcome.Fails("EveryPage_IsServedAndResetsNothing", "/cfg_generic: then it reset"), Outcome.Incident("HTTP_PAGE", "F57")],
        },
        new("f13-large-pages-stall")
        {
            Faults = "{ id: F13, uptime: 8s, probability: \"0.3\" }", Parameters = "parts: loss, losses: 0.01, lossRequests: 30",
            Expected = [Outcome.Fails("LossyAir_StillServesLargePages", "large pages were served"), Outcome.Incident("HTTP_LARGE_STALL", "F13")],
        },
    ];
}
