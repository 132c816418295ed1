using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>
/// Who gets in where: every operation of the OpenAPI document as nobody, with a wrong token, and with each role. The table is the document's
/// own, and the document has every endpoint there is, so that a new one cannot be forgotten.
/// </summary>
[Category("access")]
[CancelAfter(120_000)]
public sealed class AccessTests
{
    private static readonly Role[] Roles = Enum.GetValues<Role>();

    private TestStation _station;
    private JsonElement _document;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync(loopback: null);
        using HttpClient client = _station.Client(Role.Administer, "reader of the document");
        _document = await client.GetFromJsonAsync<JsonElement>("openapi.json");
    }

    [OneTimeTearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [TestCase("POST", "api/v1/nothing")]
    [TestCase("DELETE", "api/v1/bench")]
    [TestCase("BREW", "api/v1/slots/p1/power")]
    [TestCase("POST", "")]
    [TestCase("POST", "health/live")]
    public async Task Nobody_WhoActsWhereNothingIs_LeavesNoTraceInAuditLogAndKeyBook(string method, string path)
    {
        AuditLog audit = _station.Services.GetRequiredService<AuditLog>();
        using HttpClient client = _station.Client();
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(new Uri(_station.Address, "/"), path));
        string key = $"stranger {method} {path}";
        request.Headers.Add("Idempotency-Key", key);
        using HttpResponseMessage answer = await client.SendAsync(request);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(audit.Newest(AuditLog.Kept).Where(entry => entry.Action == $"{method} /{path}"), Is.Empty);
        }
    }

    [Test]
    public async Task EveryOperation_AnswersNobodyButWhoMay()
    {
        Dictionary<string, HttpClient> callers = Roles.ToDictionary(r => r.ToString(), r => _station.Client(r));
        callers["nobody"] = _station.Client();
        callers["wrong token"] = _station.Client();
        callers["wrong token"].DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "lab_00000000_" + new string('0', 64));
        List<string> wrong = [];
        int asked = 0;
        foreach ((string method, string path, string needed, string? body) in Operations())
        {
            foreach ((string caller, HttpClient client) in callers)
            {
                using HttpRequestMessage request = new(new HttpMethod(method), new Uri(_station.Address, path));
                request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, body[0] == '{' ? "application/json" : "application/octet-stream");
                using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                HttpStatusCode status = answer.StatusCode;
                bool right = (caller, needed) switch
                {
                    // The eleventh wrong token in a minute is not even looked at.
                    ("wrong token", _) => status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests,
                    (_, "none") => IsAnswer(status),
                    ("nobody", _) => status == HttpStatusCode.Unauthorized,
                    _ => Enum.Parse<Role>(caller) >= Enum.Parse<Role>(needed, ignoreCase: true) ? IsAnswer(status) : status == HttpStatusCode.Forbidden,
                };
                asked++;
                if (!right)
                {
                    wrong.Add($"{method} {path} as {caller}: {(int)status}, and it is for {needed}");
                }
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.Empty);
            Assert.That(asked, Is.GreaterThan(25 * callers.Count));
        }
    }

    [Test]
    public void Document_HasEveryEndpointOfTheApi()
    {
        string[] known = [.. Operations().Select(o => $"{o.Method} {o.Template}")];
        string[] forgotten =
        [
            .. from endpoint in _station.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
               where endpoint.RoutePattern.RawText!.Contains("api/v1", StringComparison.Ordinal)
               from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
               let name = $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"
               where !known.Contains(name)
               select name,
        ];

        Assert.That(forgotten, Is.Empty);
    }

    [Test]
    public void EveryEndpoint_SaysWhomItIsFor()
    {
        string[] silent =
        [
            .. _station.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<NeededRole>() is null).Select(e => e.RoutePattern.RawText!),
        ];

        Assert.That(silent, Is.Empty);
    }

    [Test]
    public void OnlyThePageAndLifeSigns_AreForAnybody()
    {
        string[] open =
        [
            .. _station.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<NeededRole>() is { Role: null } && e.RoutePattern.RawText!.Contains("api/", StringComparison.Ordinal)).Select(e => e.RoutePattern.RawText!),
        ];

        Assert.That(open, Is.EquivalentTo(new[] { "/api/v1/me", "/api/v1/health/live", "/api/v1/health/ready" }));
    }

    [Test]
    public void EveryBody_HasAnExample() => Assert.That(Operations().Where(o => o.Method == "POST" && o.Body is null).Select(o => o.Path), Is.Empty);

    [Test]
    public async Task TokenThatWasRevoked_IsRefusedAtOnce()
    {
        using HttpClient client = _station.Client(Role.Look, "leaver");
        HttpStatusCode before = (await client.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;
        _station.Services.GetRequiredService<TokenBook>().Revoke("leaver");
        HttpStatusCode after = (await client.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;

        Assert.That((before, after == HttpStatusCode.OK), Is.EqualTo((HttpStatusCode.OK, false)));
    }

    [Test]
    public void Tokens_AreKeptAsHashesInAFileOfTheAccountAlone()
    {
        TokenBook book = _station.Services.GetRequiredService<TokenBook>();
        string token = book.Add("hashed", Role.Look);
        string file = Path.Combine(_station.Options.StateFolder, "tokens.json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(file), Does.Contain("hashed").And.Not.Contain(token.Split('_')[2]));
            Assert.That(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), Is.True);
            Assert.That(book.Find(token)?.Name, Is.EqualTo("hashed"));
            Assert.That(book.Find(token[..^1] + (token[^1] == '0' ? '1' : '0')), Is.Null);
        }
    }

    [TestCase("Origin", "http://evil.example", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("Origin", "null", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("Sec-Fetch-Site", "cross-site", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("Sec-Fetch-Site", "same-origin", ExpectedResult = HttpStatusCode.Created)]
    [TestCase("Host", "rebound.example", ExpectedResult = HttpStatusCode.MisdirectedRequest)]
    public async Task<HttpStatusCode> Act_FromAPageOfSomebodyElse_IsRefused(string header, string value)
    {
        using HttpClient client = _station.Client(Role.Use, $"{header} {value}");
        using HttpRequestMessage request = new(HttpMethod.Post, "leases") { Content = JsonContent.Create(new { slots = new[] { "p2" }, minutes = 0.01 }) };
        request.Headers.Add(header, value);
        HttpStatusCode status = (await client.SendAsync(request)).StatusCode;
        foreach (var lease in _station.Services.GetRequiredService<LabRunner.Station.Leases.LeaseDesk>().All())
        {
            _station.Services.GetRequiredService<LabRunner.Station.Leases.LeaseDesk>().End(lease.Id);
        }

        return status;
    }

    [TestCase("/api/v1/slots", "cross-site", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("/api/v1/slots/p1/console/stream", "cross-site", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("/api/v1/openapi.json", "cross-site", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("/metrics", "cross-site", ExpectedResult = HttpStatusCode.Forbidden)]
    [TestCase("/api/v1/slots", "same-origin", ExpectedResult = HttpStatusCode.OK)]
    [TestCase("/api/v1/slots", "none", ExpectedResult = HttpStatusCode.OK)]
    [TestCase("/", "cross-site", ExpectedResult = HttpStatusCode.OK)]
    public async Task<HttpStatusCode> Look_FromAPageOfSomebodyElse_IsRefused_ButAtThePageItself(string path, string site)
    {
        using HttpClient client = _station.Client(Role.Look, $"{path} {site}");
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.Add("Sec-Fetch-Site", site);
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return answer.StatusCode;
    }

    [TestCase("runs/..%2f..%2fstate/report.html")]
    [TestCase("runs/%2e%2e/report.html")]
    [TestCase("runs/nothing/..%2fjournal.db")]
    [TestCase("slots/..%2f..%2fetc%2fpasswd/console")]
    public async Task Path_FromOutside_IsNoFileName(string path)
    {
        using HttpClient client = _station.Client(Role.Administer, path);

        Assert.That((await client.GetAsync(new Uri(path, UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Body_ThatIsTooLarge_IsRefused()
    {
        using HttpClient client = _station.Client(Role.Use, "talker");

        HttpResponseMessage answer = await client.PostAsync(new Uri("slots/p1/console", UriKind.Relative), JsonContent.Create(new { text = new string('x', 100_000) }));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Page_MayLoadNothingOfAnybodyElse()
    {
        using HttpClient client = new() { BaseAddress = _station.Address };
        HttpResponseMessage answer = await client.GetAsync(new Uri("/", UriKind.Relative));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(), Does.Contain("default-src 'none'").And.Not.Contain("unsafe"));
            Assert.That(answer.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
        }
    }

    [Test]
    public async Task PlainHttp_ToOtherMachines_IsRefusedAtTheStart()
    {
        StationOptions open = _station.Options with { Listen = [new Uri("http://0.0.0.0:0")] };

        await Assert.ThatAsync(() => StationHost.StartAsync(open, _station.Opener, default), Throws.TypeOf<LabRunner.Bench.Hosting.UsageException>().With.Message.Contains("TLS"));
    }

    [Test]
    public async Task Https_IsServedWithTheCertificateOfTheFiles_AndATokenOpensIt()
    {
        string folder = Directory.CreateTempSubdirectory("tls-").FullName;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=lab", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "key.pem"), key.ExportECPrivateKeyPem());
        StationOptions options = _station.Options with
        {
            Listen = [new Uri("https://127.0.0.1:0")], Socket = null, StateFolder = Path.Combine(folder, "state"), CertificateFile = Path.Combine(folder, "cert.pem"),
            KeyFile = Path.Combine(folder, "key.pem"),
        };
        StationHost station = await StationHost.StartAsync(options, _station.Opener, default);
        await using (station)
        {
            using HttpClientHandler trusting = new() { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
            using HttpClient client = new(trusting) { BaseAddress = new Uri(new Uri(station.Addresses[0]), "/api/v1/") };
            HttpStatusCode nobody = (await client.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;
            client.DefaultRequestHeaders.Authorization = new("Bearer", station.Services.GetRequiredService<TokenBook>().Add("far away", Role.Look));
            HttpStatusCode known = (await client.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;

            Assert.That((nobody, known), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
        }

        Directory.Delete(folder, recursive: true);
    }

    // What an endpoint makes of odd parameters is another test's business; here it must be an answer of its own.
    private static bool IsAnswer(HttpStatusCode status) =>
        status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.MethodNotAllowed);

    private IEnumerable<Operation> Operations()
    {
        foreach (JsonProperty path in _document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string? body = !operation.Value.TryGetProperty("requestBody", out JsonElement content) ? null
                    : !content.GetProperty("content").TryGetProperty("application/json", out JsonElement json) ? "a file that is no firmware"
                    : json.TryGetProperty("example", out JsonElement example) ? example.GetRawText() : null;
                string real = path.Name.Replace("{slot}", "p1", StringComparison.Ordinal);
                while (real.Contains('{', StringComparison.Ordinal))
                {
                    real = real[..real.IndexOf('{', StringComparison.Ordinal)] + "none" + real[(real.IndexOf('}', StringComparison.Ordinal) + 1)..];
                }

                yield return new Operation(operation.Name.ToUpperInvariant(), real, operation.Value.GetProperty("x-role").GetString()!, body, path.Name);
            }
        }
    }

    private sealed record Operation(string Method, string Path, string Needed, string? Body, string Template)
    {
        public void Deconstruct(out string method, out string path, out string needed, out string? body) => (method, path, needed, body) = (Method, Path, Needed, Body);
    }
}
