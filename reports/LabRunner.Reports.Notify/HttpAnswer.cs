using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Notify;

/// <summary>What a web server said of a message.</summary>
internal static class HttpAnswer
{
    /// <summary>Returns where the server took the message.</summary>
    /// <exception cref="HttpRequestException">It refused or sends the message elsewhere; of that place only the server is told, for a path may hold a secret.</exception>
    internal static void Demand(HttpResponseMessage answer)
    {
        if ((int)answer.StatusCode is < 300 or >= 400)
        {
            answer.EnsureSuccessStatusCode();
            return;
        }

        Uri? place = answer.Headers.Location;
        if (place is { IsAbsoluteUri: false } && answer.RequestMessage?.RequestUri is { } asked)
        {
            place = new Uri(asked, place);
        }

        string to = place is null ? "an address it does not name" : SafeText.OneLine($"{place.Scheme}://{place.Authority}", 200);
        throw new HttpRequestException($"it redirects to {to}, which is not followed: write the address where messages are taken", null, answer.StatusCode);
    }
}
