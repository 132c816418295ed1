using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LabRunner.Bench.Hosting;
using LabRunner.Station.Tests.Schedule;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>The certificate of a station that runs for months: renewed without a restart, and told of before others refuse it.</summary>
public sealed class CertificateTests
{
    private static readonly DateTimeOffset Begin = ScheduleFiles.At("2026-06-01T00:00Z");

    private readonly List<string> _warned = [];
    private FakeTimeProvider _clock;
    private string _folder;

    private string CertificateFile => Path.Combine(_folder, "cert.pem");

    private string KeyFile => Path.Combine(_folder, "key.pem");

    [SetUp]
    public void SetUp()
    {
        (_clock, _folder) = (new(Begin), Directory.CreateTempSubdirectory("certificate-").FullName);
        _warned.Clear();
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Renewed_IsShownFromThenOn_AndWhatCannotBeUsedIsNot([Values] bool linked)
    {
        string first = Write(Begin.AddDays(90), 1);
        (string file, string key) = linked ? (Link(CertificateFile), Link(KeyFile)) : (CertificateFile, KeyFile);
        StationCertificate certificate = new(file, key, _clock, _warned.Add);
        string shown = certificate.Current.TargetCertificate.Thumbprint;
        string second = Write(Begin.AddDays(180), 2);
        string renewed = certificate.Current.TargetCertificate.Thumbprint;
        File.WriteAllText(CertificateFile, "half");
        File.SetLastWriteTimeUtc(CertificateFile, Begin.UtcDateTime.AddSeconds(3));
        string kept = certificate.Current.TargetCertificate.Thumbprint;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((shown, renewed, kept), Is.EqualTo((first, second, second)));
            Assert.That(_warned, Has.Count.EqualTo(1).And.All.StartsWith("The one before is shown. --certificate and --key: "));
            Assert.That(() => new StationCertificate(CertificateFile, KeyFile, _clock, _warned.Add), Throws.TypeOf<UsageException>());
        }
    }

    [Test]
    public void OneThatRunsOut_IsToldOnceADay_UntilItIsRenewed()
    {
        Write(Begin.AddDays(90), 1);
        StationCertificate certificate = new(CertificateFile, KeyFile, _clock, _warned.Add);
        List<int> told = [];
        foreach (double days in (double[])[0, 75, 2, 0.1, 1, 13])
        {
            _clock.Advance(TimeSpan.FromDays(days));
            _ = certificate.Current;
            told.Add(_warned.Count);
        }

        Write(Begin.AddDays(180), 2);
        _ = certificate.Current;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Is.EqualTo(new[] { 0, 0, 1, 1, 2, 3 }));
            Assert.That(_warned[0], Does.Contain("runs out on 2026-08-30 00:00Z. Put a new one there"));
            Assert.That(_warned[2], Does.Contain("ran out on 2026-08-30 00:00Z: others refuse it."));
            Assert.That(_warned, Has.Count.EqualTo(3));
        }
    }

    private static string Link(string file) => File.CreateSymbolicLink(file + ".link", file).FullName;

    /// <summary>Writes a certificate and its key, as at so many seconds.</summary>
    /// <returns>Its thumbprint.</returns>
    private string Write(DateTimeOffset to, int second)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=lab", key, HashAlgorithmName.SHA256).CreateSelfSigned(Begin, to);
        foreach ((string file, string text) in ((string, string)[])[(CertificateFile, made.ExportCertificatePem()), (KeyFile, key.ExportPkcs8PrivateKeyPem())])
        {
            File.WriteAllText(file, text);
            File.SetLastWriteTimeUtc(file, Begin.UtcDateTime.AddSeconds(second));
        }

        return made.Thumbprint;
    }
}
