using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Api;

/// <summary>What the web server and its JSON reader refuse, in words for who sent it: they speak of classes, parameters and services.</summary>
internal static partial class BadRequests
{
    /// <summary>Where to look.</summary>
    public const string Remedy = "GET /api/v1/openapi.json has every endpoint with an example.";

    /// <summary>What is wrong with a request, where, and what to do.</summary>
    public static string Sentence(BadHttpRequestException wrong)
    {
        if (wrong.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return "A request has at most 64 KiB, a firmware file 16 MiB. Send less.";
        }

        if (wrong.InnerException is JsonException json)
        {
            return $"{Problem(json)} {Remedy}";
        }

        if (NotBound().Match(wrong.Message) is { Success: true } value)
        {
            return $"{value.Groups["name"].Value}: '{value.Groups["value"].Value}' is no value for it. {Remedy}";
        }

        return NotGiven().Match(wrong.Message) is { Success: true } lacking ? $"{lacking.Groups["name"].Value} is missing. {Remedy}"
            : wrong.Message.Contains("no body was provided", StringComparison.Ordinal) ? $"The request has no body. Send JSON with the header Content-Type: application/json. {Remedy}"
            : wrong.Message;
    }

    private static string Problem(JsonException json)
    {
        if (Unknown().Match(json.Message) is { Success: true } word)
        {
            return $"The body has '{word.Groups["name"].Value}', which nothing here is called.";
        }

        return Lacking().Match(json.Message) is { Success: true } lacking ? $"The body lacks {lacking.Groups["names"].Value}."
            : json.Message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal) ? FormattableString.Invariant($"The body has at {json.Path} (character {json.BytePositionInLine + 1} of line {json.LineNumber + 1}) what does not belong there.")
            : FormattableString.Invariant($"The body is no JSON, at character {json.BytePositionInLine + 1} of line {json.LineNumber + 1}: {Place().Replace(json.Message, "").TrimEnd('.')}.");
    }

    [GeneratedRegex("""^Failed to bind parameter "\S+ (?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex NotBound();

    [GeneratedRegex("""^Required parameter "\S+ (?<name>\w+)" was not provided""")]
    private static partial Regex NotGiven();

    [GeneratedRegex("""^The JSON property '(?<name>.*)' could not be mapped""", RegexOptions.Singleline)]
    private static partial Regex Unknown();

    [GeneratedRegex("""missing required properties including: (?<names>[^.]+)""")]
    private static partial Regex Lacking();

    [GeneratedRegex(""" Path: .*$""", RegexOptions.Singleline)]
    private static partial Regex Place();
}
