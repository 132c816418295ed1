using Microsoft.AspNetCore.Http;

namespace LabRunner.Station.Access;

/// <summary>Who asks.</summary>
/// <param name="Name">Name of the token or account, for the audit log.</param>
/// <param name="Owner">Who leases and jobs belong to: the token's name; on this machine, where people share an account, the name they give themselves.</param>
/// <param name="Role">What they may do; null: nothing.</param>
/// <param name="Via">socket, loopback or remote.</param>
internal sealed record Caller(string Name, string Owner, Role? Role, string Via)
{
    /// <summary>Header with why something is done, for the audit log; requests with a body may say it there.</summary>
    public const string WhyHeader = "X-LabRunner-Why";

    /// <summary>Who comes over loopback and gives himself no name.</summary>
    public const string Somebody = "somebody on this machine";

    private const string Key = "labrunner.caller";

    /// <summary>A token showed who asks, which no page of a browser can send along unasked.</summary>
    public bool HasToken { get; init; }

    /// <summary>Who asks; set for every request before its endpoint runs.</summary>
    public static Caller Of(HttpContext context) => (Caller)context.Items[Key]!;

    /// <summary>Remembers who asks.</summary>
    public void Enter(HttpContext context) => context.Items[Key] = this;

    /// <summary>May do what the role may.</summary>
    public bool May(Role? needed) => needed is null || Role >= needed;
}
