using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Addresses, certificates, sockets and time scales on which no station can be started are told in a sentence, and nobody's file goes for a socket.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class ListeningTests
{
    private TestStation _station;

    [OneTimeSetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [OneTimeTearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [TestCase("http://localhost:0", "localhost is two addresses")]
    [TestCase("http://anna@127.0.0.1:0/", "more than an address. Write http://127.0.0.1:0")]
    [TestCase("http://127.0.0.1:0/lab?x=1", "more than an address")]
    public async Task Address_ThatCannotBe_IsRefused(string address, string says) =>
        await Assert.ThatAsync(() => TryAsync(o => o with { Listen = [new Uri(address)], Socket = null }), Throws.TypeOf<UsageException>().With.Message.Contains(says));

    [TestCase(5000)]
    [TestCase(double.NaN)]
    public async Task TimeScale_ThatTheBenchCannotHave_IsRefused(double scale) =>
        await Assert.ThatAsync(() => TryAsync(o => o with { TimeScale = scale, Socket = null }), Throws.TypeOf<UsageException>().With.Message.StartsWith("Time scale ").And.Message.Contains("the bench 'fake' has real DUTs"));

    [TestCase(null, null, TestName = "Certificate_ThatIsNotThere_IsRefused")]
    [TestCase("cert", "words", TestName = "Certificate_WhoseKeyIsNone_IsRefused")]
    [TestCase("words", "key", TestName = "Certificate_ThatIsNone_IsRefused")]
    [TestCase("cert", "other", TestName = "Certificate_WithAnothersKey_IsRefused")]
    public async Task Certificate_ThatCannotBeUsed_IsRefused(string? certificate, string? key)
    {
        using ECDsa mine = ECDsa.Create(ECCurve.NamedCurves.nistP256), other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=lab", mine, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        string Put(string? name) => Path.Combine(_station.Folder, name ?? "nowhere");
        await File.WriteAllTextAsync(Put("cert"), made.ExportCertificatePem());
        await File.WriteAllTextAsync(Put("key"), mine.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Put("other"), other.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(Put("words"), "not a certificate");

        await Assert.ThatAsync(
            () => TryAsync(o => o with { Listen = [new Uri("https://127.0.0.1:0")], Socket = null, CertificateFile = Put(certificate), KeyFile = Put(key) }),
            Throws.TypeOf<UsageException>().With.Message.StartsWith("--certificate and --key: ").And.Message.Contains("PEM files that belong together"));
    }

    [Test]
    public async Task Socket_ThatIsAFile_AFolder_TooLong_OrAnotherStations_IsRefused_AndStays()
    {
        string file = Path.Combine(_station.Folder, "precious");
        await File.WriteAllTextAsync(file, "mine");
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => TryAsync(o => o with { Socket = file }), Throws.TypeOf<UsageException>().With.Message.Contains("is a file and no socket"));
            await Assert.ThatAsync(() => TryAsync(o => o with { Socket = _station.Options.StateFolder }), Throws.TypeOf<UsageException>().With.Message.Contains("is a folder"));
            await Assert.ThatAsync(() => TryAsync(o => o with { Socket = file + new string('x', 108) }), Throws.TypeOf<UsageException>().With.Message.Contains("107 bytes"));
            await Assert.ThatAsync(() => TryAsync(o => o with { Socket = Path.Combine(_station.Folder, "none", "s.sock") }), Throws.TypeOf<UsageException>().With.Message.EqualTo($"--socket: the folder {_station.Folder}/none is not there. Make it, or choose another path."));
            await Assert.ThatAsync(() => TryAsync(o => o), Throws.TypeOf<BenchFaultException>().With.Message.Contains("another station listens there"));
            Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("mine"));
        }

        using Socket knock = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await Assert.ThatAsync(() => knock.ConnectAsync(new UnixDomainSocketEndPoint(_station.Options.Socket!)), Throws.Nothing);
    }

    [Test]
    public async Task EveryAddress_IsAskedByTheOneThatItIsReachedAt_AndByNoOther(CancellationToken cancellationToken)
    {
        using ECDsa mine = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=lab", mine, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        (string certificate, string key) = (Path.Combine(_station.Folder, "any-cert"), Path.Combine(_station.Folder, "any-key"));
        await File.WriteAllTextAsync(certificate, made.ExportCertificatePem(), cancellationToken);
        await File.WriteAllTextAsync(key, mine.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await using StationHost host = await StationHost.StartAsync(
            _station.Options with { StateFolder = Path.Combine(_station.Folder, "any"), Listen = [new Uri("https://0.0.0.0:0")], Socket = null, CertificateFile = certificate, KeyFile = key }, _station.Opener, cancellationToken);
        int port = new Uri(host.Addresses.Single()).Port;
        using HttpClientHandler trusting = new() { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using HttpClient client = new(trusting);
        async Task<HttpStatusCode> AskAsync(string called)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"https://127.0.0.2:{port}/api/v1/health/live");
            request.Headers.Host = called;
            using HttpResponseMessage answer = await client.SendAsync(request, cancellationToken);
            return answer.StatusCode;
        }

        Assert.That(
            new[] { await AskAsync($"127.0.0.2:{port}"), await AskAsync("127.0.0.3"), await AskAsync("evil.example") },
            Is.EqualTo(new[] { HttpStatusCode.OK, HttpStatusCode.MisdirectedRequest, HttpStatusCode.MisdirectedRequest }));
    }

    [Test]
    public async Task Certificate_ThatAnIntermediateSigned_IsShownWithIt(CancellationToken cancellationToken)
    {
        using ECDsa top = ECDsa.Create(ECCurve.NamedCurves.nistP256), middle = ECDsa.Create(ECCurve.NamedCurves.nistP256), mine = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset from = DateTimeOffset.UnixEpoch, to = from.AddYears(100);
        using X509Certificate2 root = Request("CN=root", top, isAuthority: true).CreateSelfSigned(from, to);
        using X509Certificate2 between = Request("CN=between", middle, isAuthority: true).Create(root, from, to, [1]);
        using X509Certificate2 signer = between.CopyWithPrivateKey(middle);
        using X509Certificate2 leaf = Request("CN=lab", mine, isAuthority: false).Create(signer, from, to, [2]);
        (string certificate, string key) = (Path.Combine(_station.Folder, "chain-cert"), Path.Combine(_station.Folder, "chain-key"));
        await File.WriteAllTextAsync(certificate, $"{leaf.ExportCertificatePem()}\n{between.ExportCertificatePem()}\n", cancellationToken);
        await File.WriteAllTextAsync(key, mine.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await using StationHost host = await StationHost.StartAsync(
            _station.Options with { StateFolder = Path.Combine(_station.Folder, "chain"), Listen = [new Uri("https://127.0.0.1:0")], Socket = null, CertificateFile = certificate, KeyFile = key }, _station.Opener, cancellationToken);
        string[] told = [];
        using HttpClientHandler rooted = new()
        {
            ServerCertificateCustomValidationCallback = (_, shown, chain, _) =>
            {
                told = [.. chain!.ChainPolicy.ExtraStore.Select(c => c.Subject)];
                using X509Chain known = new() { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true } };
                known.ChainPolicy.CustomTrustStore.Add(root);
                known.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
                return known.Build(shown!);
            },
        };
        using HttpClient client = new(rooted);
        HttpResponseMessage answer = await client.GetAsync(new Uri(new Uri(host.Addresses.Single()), "/api/v1/health/live"), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(told, Has.Some.EqualTo("CN=between"));
        }

        static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
        {
            CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
            return request;
        }
    }

    [Test]
    public async Task OneAddress_ThatHoldsOnToConnections_ShutsOutNobodyElse(CancellationToken cancellationToken)
    {
        List<Socket> held = [];
        try
        {
            for (int i = 0; i < 500; i++)
            {
                held.Add(await ConnectAsync("127.0.0.3", cancellationToken));
            }

            bool refused = await AnswersAsync("127.0.0.3", cancellationToken);
            bool other = await AnswersAsync("127.0.0.2", cancellationToken);

            Assert.That((refused, other), Is.EqualTo((false, true)));
        }
        finally
        {
            held.ForEach(s => s.Dispose());
        }

        while (!await AnswersAsync("127.0.0.3", cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<Socket> ConnectAsync(string from, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _station.Address.Port, cancellationToken);
        }
        catch (SocketException)
        {
            // One too many, and told so before the handshake was over.
        }

        return socket;
    }

    private async Task<bool> AnswersAsync(string from, CancellationToken cancellationToken)
    {
        using Socket socket = await ConnectAsync(from, cancellationToken);
        byte[] answer = new byte[12];
        try
        {
            await socket.SendAsync("GET /api/v1/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8.ToArray(), cancellationToken);
            return await socket.ReceiveAsync(answer, cancellationToken) == answer.Length && answer.AsSpan().SequenceEqual("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task TryAsync(Func<StationOptions, StationOptions> change)
    {
        StationOptions options = change(_station.Options with { StateFolder = Path.Combine(_station.Folder, "another") });
        await using StationHost host = await StationHost.StartAsync(options, _station.Opener, default);
    }
}
