namespace LabRunner.Hardware.Plugs;

/// <summary>Outcome of an OTA upload.</summary>
/// <param name="Accepted">The device answered 200 with the size.</param>
/// <param name="Status">HTTP status, also the negative ones a BL602 sends; null when the connection ended before a status.</param>
/// <param name="Body">Reply text.</param>
/// <param name="BytesSent">Bytes of the file taken by the socket, headers and framing not counted.</param>
/// <param name="LongestStall">Longest time without progress that was not the client's own pause, run time.</param>
/// <param name="Failure">Why it ended without a reply, null when one came.</param>
public sealed record OtaUploadReply(bool Accepted, int? Status, string Body, long BytesSent, TimeSpan LongestStall, string? Failure)
{
    /// <summary>The reply's first line as it came, without its end, for example "HTTP/1.1 -20 OK"; null without a reply.</summary>
    public string? StatusLine { get; init; }

    /// <summary>From the connection to the reply or the end, run time.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The client left on purpose (<see cref="OtaSending.AbortAt"/>) before a reply came.</summary>
    public bool Aborted { get; init; }
}
