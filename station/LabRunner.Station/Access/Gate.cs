using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Station.Api;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace LabRunner.Station.Access;

/// <summary>
/// Every request passes here first: where it comes from, who asks, and whether its endpoint is theirs. What no rule allows is refused.
/// </summary>
internal sealed class Gate : IDisposable
{
    private const string Bearer = "Bearer ";

    // A page of the station and nothing else: no script, style, frame or connection of anybody else's.
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly TokenBook _tokens;
    private readonly StationOptions _options;
    private readonly HashSet<string> _hosts;
    private readonly bool _everyAddress;
    private readonly PartitionedRateLimiter<string> _failures;
    private readonly PartitionedRateLimiter<string> _requests;

    public Gate(TokenBook tokens, StationOptions options)
    {
        (_tokens, _options) = (tokens, options);
        _hosts = new(["localhost", "127.0.0.1", "[::1]", .. options.Listen.Select(l => l.Host), .. options.HostNames], StringComparer.OrdinalIgnoreCase);
        _everyAddress = options.Listen.Any(l => IPAddress.TryParse(l.Host.Trim('[', ']'), out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

        // Ten wrong tokens a minute from one address; by default a thousand requests at once and a hundred a second of one caller.
        _failures = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = 10, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }));
        _requests = PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetTokenBucketLimiter(
            name, _ => new TokenBucketRateLimiterOptions { TokenLimit = options.RequestsAtOnce, TokensPerPeriod = options.RequestsPerSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
    }

    /// <summary>Lets a request through to <paramref name="next"/>, or answers it.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        string via = Via(context);
        if (via != "socket" && !_hosts.Contains(context.Request.Host.Host) && !(_everyAddress && IsWhereItCame(context)))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status421MisdirectedRequest, "host", "This station has another name",
                $"'{context.Request.Host.Host}' is none of its names. Name it with --host-name when the station is started.").ConfigureAwait(false);
            return;
        }

        if (FromElsewhere(context.Request) is { } origin)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "origin", "A page of somebody else's asks", $"The request comes from {origin}, and only the station's own page may ask.").ConfigureAwait(false);
            return;
        }

        Caller? caller = await RecogniseAsync(context, via).ConfigureAwait(false);
        if (caller is null)
        {
            return;
        }

        caller.Enter(context);
        if (via != "socket")
        {
            using RateLimitLease permit = _requests.AttemptAcquire(caller.Name);
            if (!permit.IsAcquired)
            {
                await TooManyAsync(
                    context, permit, "Too many requests",
                    string.Create(CultureInfo.InvariantCulture, $"{caller.Name} may ask {_options.RequestsAtOnce} times at once and {_options.RequestsPerSecond} times a second.")).ConfigureAwait(false);
                return;
            }
        }

        if (caller.Role is null && ClosedToNobody(context) is { } closed)
        {
            // Not even written down: strangers could fill the log.
            await RefuseAsync(context, caller, closed).ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    // What nobody may ask for: an endpoint of a role, and whatever acts and is no endpoint at all (no such path, or none that takes the method).
    private static Role? ClosedToNobody(HttpContext context)
    {
        NeededRole? needed = (context.GetEndpoint() as RouteEndpoint)?.Metadata.GetMetadata<NeededRole>();
        bool acts = !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method);
        return needed is not null ? needed.Role : acts ? Role.Look : null;
    }

    /// <summary>The endpoint is the known caller's; else he is answered.</summary>
    public static async Task<bool> AllowsAsync(HttpContext context)
    {
        // What is nobody's endpoint, routing itself answers.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return true;
        }

        Caller caller = Caller.Of(context);
        if (endpoint.Metadata.GetMetadata<NeededRole>() is not { } needed)
        {
            // Whoever forgets to say whom an endpoint is for has made it for nobody.
            await Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "role", "Nobody may do this", "The endpoint names no role.").ConfigureAwait(false);
            return false;
        }

        if (!caller.May(needed.Role))
        {
            await RefuseAsync(context, caller, needed.Role!.Value).ConfigureAwait(false);
            return false;
        }

        return true;
    }

    /// <summary>Serves a request that is allowed. What is nobody's endpoint is put into words: no such path, method or type of content.</summary>
    public static async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context).ConfigureAwait(false);
        await Problems.PutIntoWordsAsync(context).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _failures.Dispose();
        _requests.Dispose();
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = PagePolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>The host that is asked for is the very address of this machine that the connection came to, which no name of somebody else's can stand for.</summary>
    private static bool IsWhereItCame(HttpContext context) =>
        IPAddress.TryParse(context.Request.Host.Host.Trim('[', ']'), out IPAddress? asked) && context.Connection.LocalIpAddress is { } here
        && asked.Equals(here.IsIPv4MappedToIPv6 ? here.MapToIPv4() : here);

    // What proxies write into a request that they pass on: RFC 7239 (Forwarded), RFC 9110 7.6.3 (Via), and the usual names of before.
    private static bool IsPassedOn(IHeaderDictionary headers) =>
        headers.Keys.Any(name => name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)) || headers.ContainsKey("Forwarded") || headers.ContainsKey("X-Real-IP") || headers.ContainsKey("Via");

    /// <summary>How a request came. One that a proxy of this machine passes on is from elsewhere, though its connection is of this machine.</summary>
    private static string Via(HttpContext context) =>
        IsPassedOn(context.Request.Headers) ? "remote"
        : context.Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix ? "socket"
        : context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) ? "loopback"
        : "remote";

    /// <summary>Where a request comes from that the station's own page did not send; null: from that page, or from no browser, or it only looks at what all may see.</summary>
    private static string? FromElsewhere(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            // Who needs no token would let every page in his browser ask: it sees no answer, but costs the station one, and can measure it. The page itself may be linked to.
            return request.Headers["Sec-Fetch-Site"] == "cross-site" && (request.Path.StartsWithSegments("/api") || request.Path.StartsWithSegments("/metrics")) ? "another site" : null;
        }

        if (request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
        {
            return "another site";
        }

        string origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase) ? null : $"'{origin}'";
    }

    /// <returns>Null: the request is answered.</returns>
    private async Task<Caller?> RecogniseAsync(HttpContext context, string via)
    {
        string address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (context.Request.Headers.Authorization.ToString() is { Length: > 0 } authorization)
        {
            TokenEntry? token = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? _tokens.Find(authorization[Bearer.Length..].Trim()) : null;
            if (token is not null)
            {
                return new Caller(token.Name, token.Name, token.Role, via) { HasToken = true };
            }

            using RateLimitLease chance = _failures.AttemptAcquire(address);
            if (!chance.IsAcquired)
            {
                await TooManyAsync(context, chance, "Too many wrong tokens", "More than ten in a minute from this address.").ConfigureAwait(false);
                return null;
            }

            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
            await Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "token", "The token is not known", "It was revoked, or it is not one of this station. Ask its administrator: ./lab token add NAME").ConfigureAwait(false);
            return null;
        }

        if (via != "remote" && Given(context) is { } given && !IsName(given))
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status400BadRequest, "usage", "The request is wrong",
                $"{StationDoor.OwnerHeader}: a name has at most 64 characters, none of them a control character or one that turns the reading direction.").ConfigureAwait(false);
            return null;
        }

        return via switch
        {
            "socket" => Account(context),
            "loopback" => new Caller(Caller.Somebody, Given(context) ?? Caller.Somebody, _options.LoopbackRole, via),
            _ => new Caller($"nobody at {address}", "nobody", null, via),
        };
    }

    private static Task RefuseAsync(HttpContext context, Caller caller, Role needed)
    {
        if (caller.Role is { } has)
        {
            return Problems.WriteAsync(
                context, StatusCodes.Status403Forbidden, "role", "This role is not enough",
                $"{caller.Name} may {Word(has)}; this needs the role '{Word(needed)}'. An administrator gives it: ./lab token add NAME --role {Word(needed)}");
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "token", "A token is needed", "Ask the station's administrator for one: ./lab token add NAME");
    }

    /// <summary>The account at the other end of the Unix socket, as the kernel knows it.</summary>
    private static Caller Account(HttpContext context)
    {
        // struct ucred of unix(7): pid, uid, gid, each 32 bits. SOL_SOCKET is 1 and SO_PEERCRED 17 on Linux.
        Span<byte> credentials = stackalloc byte[12];
        context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket.GetRawSocketOption(1, 17, credentials);
        uint user = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        string name = Name(user);
        return new Caller(name, Given(context) ?? name, user == 0 || user == LeaseFolder.User ? Role.Administer : Role.Switch, "socket");
    }

    private static string Name(uint user)
    {
        string number = user.ToString(CultureInfo.InvariantCulture);
        return File.ReadLines("/etc/passwd").Select(l => l.Split(':')).FirstOrDefault(p => p.Length > 2 && p[2] == number)?[0] ?? $"user {number}";
    }

    private static string? Given(HttpContext context)
    {
        // Browsers send what is not ASCII as UTF-8, percent-encoded by the page.
        string name = Uri.UnescapeDataString(context.Request.Headers[StationDoor.OwnerHeader].ToString()).Trim();
        return name.Length > 0 ? name : null;
    }

    private static bool IsName(string name) => name.Length <= 64 && EndpointFacts.IsPlain(name);

    private static Task TooManyAsync(HttpContext context, RateLimitLease refused, string title, string detail)
    {
        int seconds = refused.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 60;
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, "rate", title, string.Create(CultureInfo.InvariantCulture, $"{detail} Ask again in {seconds} s."));
    }

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}
