using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Watch;

/// <summary>Hl: the whole main page and its state fragment. Dead when 2 in a row fail or are cut. Pauses during an OTA upload.</summary>
internal sealed partial class LargeHttpObserver(IWatchedSlot slot, IPlug plug, TimeSpan every, Action<TimeSpan, PlugPageState, double?> seen)
    : ProbeObserver(ObserverKeys.LargeHttp, slot, every, TimeSpan.FromSeconds(10), bad: 2, window: 2)
{
    // The server sends no Content-Length: only a page's own end shows that all of it came. Whether this firmware's page has one is
    // learnt from the first that does.
    private bool _endsProperly;

    /// <inheritdoc/>
    protected override bool MayProbe => base.MayProbe && !Slot.IsUpdating;

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        (int status, string body) = await plug.GetAsync("/index", cancellationToken).ConfigureAwait(false);
        bool whole = body.Contains("</html>", StringComparison.OrdinalIgnoreCase);
        if (status != 200 || body.Length == 0 || (_endsProperly && !whole))
        {
            return new ProbeResult(false, $"/index: status {status}, {body.Length} characters{(whole ? "" : ", cut")}");
        }

        _endsProperly |= whole;
        double? uptime = Uptime().Match(body) is { Success: true } online && double.TryParse(online.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
        TimeSpan asked = Slot.Clock.Elapsed;
        PlugPageState state = await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
        if (state.Html.Length == 0)
        {
            return new ProbeResult(false, "/index?state=1: empty");
        }

        seen(asked, state, uptime);
        return new ProbeResult(true, null);
    }

    [GeneratedRegex("id=\"onlineFor\" data-initial=\"(\\d{1,10})\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Uptime();
}
