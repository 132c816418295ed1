using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S07_HttpStress;

/// <content>The clients: many, slow, split, and over a lossy network.</content>
public sealed partial class HttpStress
{
    private async Task<IReadOnlyList<string>> StormAsync(int clients)
    {
        PlainHttp http = new(Lab);
        TimeSpan end = Lab.Now + Parameters.Each;
        List<PlainReply> replies = [];
        Task<long?> floor = HeapFloorAsync(end);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (Lab.Now < end)
            {
                PlainReply reply = await http.SendAsync([http.Get("/index")], TimeSpan.Zero, RequestLimit);
                lock (replies)
                {
                    replies.Add(reply);
                }

                if (reply.Ended != "closed")
                {
                    // A browser waits before it tries again, too.
                    await Lab.DelayAsync(TimeSpan.FromSeconds(1));
                }
            }
        }));
        await RecordAsync(clients, replies, await floor);
        return [];
    }

    private async Task<long?> HeapFloorAsync(TimeSpan end)
    {
        long? least = null;
        while (Lab.Now < end)
        {
            long? heap = (await Lab.Bench.GetStatusAsync(Lab.Slot, Lab.Token)).HeapBytes;
            least = heap < least || least is null ? heap : least;
            await Lab.DelayAsync(TimeSpan.FromSeconds(1));
        }

        return least;
    }

    private async Task RecordAsync(int clients, List<PlainReply> replies, long? floor)
    {
        List<double> served = [.. replies.Where(r => r.Served).Select(r => r.Took.TotalMilliseconds).Order()];
        (string, string)[] codes = [.. replies.GroupBy(r => r.Served ? "served" : r.Status is { } status ? $"status{status}" : r.Ended).Select(g => (g.Key, $"{g.Count()}"))];
        await Lab.MeasureAsync(new Figure($"served@{clients}", replies.Count == 0 ? 0 : (double)served.Count / replies.Count, "share", Verdict.Pass) { Detail = codes });
        if (served.Count > 0)
        {
            foreach ((string name, double share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99) })
            {
                await Lab.MeasureAsync(new Figure($"http-{name}@{clients}", Percentile.OfSorted(served, share), "ms", Verdict.Pass));
            }
        }

        if (floor is { } bytes)
        {
            await Lab.MeasureAsync(new Figure($"heap-floor@{clients}", bytes, "B", Verdict.Pass));
        }
    }

    private async Task<IReadOnlyList<string>> SlowAsync()
    {
        PlainHttp http = new(Lab);
        TimeSpan end = Lab.Now + Parameters.Each;
        Task[] slow = [.. Enumerable.Range(0, Parameters.Slow).Select(_ => TrickleAsync(http, end))];
        (int asked, int served) = (0, 0);
        while (Lab.Now < end)
        {
            asked++;
            served += (await http.SendAsync([http.Get("/api/info")], TimeSpan.Zero, RequestLimit)).Served ? 1 : 0;
            await Lab.DelayAsync(TimeSpan.FromSeconds(2));
        }

        await Task.WhenAll(slow);
        double share = (double)served / asked;
        bool ok = share >= Parameters.SlowGoal;
        await Lab.MeasureAsync(new Figure("served-beside-slow-clients", share, "share", ok ? Verdict.Pass : Verdict.Fail) { Lower = Parameters.SlowGoal, Detail = [("asked", $"{asked}"), ("served", $"{served}")] });
        return ok ? [] : [$"{served} of {asked} ordinary requests were served beside them"];
    }

    // A client that is turned away begins again, as a slow-loris does.
    private async Task TrickleAsync(PlainHttp http, TimeSpan end)
    {
        byte[] request = Encoding.ASCII.GetBytes(http.Get("/index"));
        while (Lab.Now < end)
        {
            using Socket? socket = await http.OpenAsync(RequestLimit);
            try
            {
                for (int i = 0; socket is not null && i < request.Length && Lab.Now < end; i++)
                {
                    await socket.SendAsync(request.AsMemory(i, 1), Lab.Token);
                    await Lab.DelayAsync(TimeSpan.FromSeconds(1));
                }
            }
            catch (SocketException)
            {
                // Turned away.
            }

            await Lab.DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<IReadOnlyList<string>> SplitAsync()
    {
        PlainHttp http = new(Lab);
        string request = http.Get("/api/info");
        List<string> problems = [];
        for (int i = 0; i < Parameters.Splits; i++)
        {
            // The request line is all that some servers look at: every other cut falls into it.
            int at = 1 + Lab.Chance.Below((i % 2 == 0 ? request.IndexOf('\r', StringComparison.Ordinal) : request.Length) - 2);
            TimeSpan started = Lab.Now;
            PlainReply reply = await http.SendAsync([request[..at], request[at..]], Parameters.SplitPause, RequestLimit);

            // What the server closes before it has read the second segment ends in a reset; an answer without an end hangs.
            bool ok = reply.Status is 200 or (>= 400 and < 500) && reply.Ended != "timeout";
            await Lab.TrialAsync("split-request", started, ok, reply.Took, ("at", $"{at}"), ("status", $"{reply.Status}"), ("ended", reply.Ended));
            if (!ok)
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"cut after {at} B: {(reply.Status is { } status ? reply.Ended == "timeout" ? $"status {status}, and the answer had no end" : $"status {status}" : reply.Ended == "timeout" ? "no answer" : $"{reply.Ended} without an answer")}"));
            }
        }

        return problems.Count == 0 ? [] : [$"{problems.Count} of {Parameters.Splits} requests in two segments got neither 200 nor 4xx ({problems[0]})"];
    }

    /// <param name="effect">Loss or Delay.</param>
    /// <param name="value">As the effect says.</param>
    /// <param name="name">For the figures.</param>
    private async Task<IReadOnlyList<string>> BadAirAsync(NetworkEffect effect, double value, string name)
    {
        PlainHttp http = new(Lab);
        (int small, int large) = (0, 0);
        await Lab.Bench.DisturbAsync(Lab.Slot, effect, value, Lab.Token);
        for (int i = 0; i < Parameters.LossRequests; i++)
        {
            small += (await http.SendAsync([http.Get("/api/info")], TimeSpan.Zero, RequestLimit)).Served ? 1 : 0;
            large += (await http.SendAsync([http.Get("/index")], TimeSpan.Zero, RequestLimit)).Served ? 1 : 0;
        }

        await Lab.Bench.LiftAsync(Lab.Slot, effect, Lab.Token);
        List<string> problems = [];
        foreach ((string page, int served) in new[] { ("small", small), ("large", large) })
        {
            double share = (double)served / Parameters.LossRequests;
            bool ok = share >= Parameters.LossGoal;
            await Lab.MeasureAsync(new Figure($"served-{page}@{name}", share, "share", ok ? Verdict.Pass : Verdict.Fail) { Lower = Parameters.LossGoal });
            if (!ok)
            {
                problems.Add($"{served} of {Parameters.LossRequests} {page} pages were served");
            }
        }

        return problems;
    }
}
