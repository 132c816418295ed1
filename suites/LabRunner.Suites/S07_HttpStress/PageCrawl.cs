using System.Text.RegularExpressions;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S07_HttpStress;

/// <summary>Opens every page once, also those that pages link to, and says which of them is not served or is followed by a reset (F57).</summary>
internal sealed partial class PageCrawl(SuiteContext lab, HttpStressParameters parameters)
{
    private const int MostPages = 200;
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    // Links that do something are not followed: with a query, and these.
    private static readonly string[] Acts = ["ota_exec", "restart", "reboot", "cfg_quick", "cfg_wifi_set", "cfg_mqtt_set", "cfg_webapp_set", "cfg_name", "reset", "clear", "unsafe"];

    /// <returns>Failures, a sentence each.</returns>
    public async Task<List<string>> RunAsync()
    {
        Queue<string> due = new(parameters.Pages);
        HashSet<string> known = [.. parameters.Pages];
        List<string> failures = lab.Problems;
        int opened = 0;
        while (opened < MostPages && due.TryDequeue(out string? page))
        {
            await lab.SayAsync($"page {++opened} of {known.Count}: {page}");
            (string? problem, string body) = await OpenAsync(page);
            if (problem is not null)
            {
                failures.Add($"{page}: {problem}");
            }

            foreach (string link in Links(body).Where(known.Add))
            {
                due.Enqueue(link);
            }
        }

        await lab.MeasureAsync(new Figure("pages-failed", failures.Count, "pages", failures.Count == 0 ? Verdict.Pass : Verdict.Fail) { Upper = 0, Detail = [("opened", $"{opened}")] });
        return failures;
    }

    private async Task<(string? Problem, string Body)> OpenAsync(string page)
    {
        await lab.WaitUntilBootIsCompleteAsync();
        long uptime = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
        TimeSpan started = lab.Now;
        Condition before = new(started, uptime, 0);
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Stimulus, $"GET {page}");
        PlainHttp http = new(lab);
        PlainReply reply = await http.SendAsync([http.Get(page)], TimeSpan.Zero, RequestLimit);
        string? problem = reply.Served ? null : $"{(reply.Status is { } status ? $"status {status}, " : "")}{reply.Ended}";
        await lab.DelayAsync(parameters.PageSettle);
        TimeSpan asked = lab.Now;
        PlugInfo? after = await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                asked = lab.Now;
                return await lab.Plug.GetInfoAsync(lab.Token);
            },
            parameters.BackLimit);
        problem = after is null ? "then it did not serve any more" : before.HasReset(after, asked) ? "then it reset" : problem;
        await lab.MeasureAsync(new Figure($"page {page}", reply.Took.TotalMilliseconds, "ms", problem is null ? Verdict.Pass : Verdict.Fail)
        {
            Detail = [("status", $"{reply.Status}"), ("bytes", $"{reply.Bytes}"), ("problem", problem ?? "")],
        });
        if (problem is null)
        {
            string body = reply.Status == 200 ? (await SuiteContext.TryAsync<object>(async () => (await lab.Plug.GetAsync(page, lab.Token)).Body) as string ?? "") : "";
            return (null, body);
        }

        await lab.SettleAsync();
        IReadOnlyList<IncidentRecord> incidents = await lab.SeenByWatchAsync(started);
        await lab.FindAsync(
            "HTTP_PAGE", "F57", $"Opening {page}: {problem}", $"GET {page} and {problem}.", started, [$"status {reply.Status}, {reply.Bytes} bytes, {reply.Ended}"], $"GET {page}",
            [.. incidents.Select(i => i.Id)]);
        return (problem, "");
    }

    private static IEnumerable<string> Links(string body) => Href().Matches(body)
        .Select(m => m.Groups["path"].Value.StartsWith('/') ? m.Groups["path"].Value : "/" + m.Groups["path"].Value)
        .Where(path => !Array.Exists(Acts, act => path.Contains(act, StringComparison.OrdinalIgnoreCase)));

    // Paths of the device alone, without a query.
    [GeneratedRegex("""(?:href|action)=["'](?<path>/?[A-Za-z][A-Za-z0-9_/]*)["']""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Href();
}
