using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LabRunner.Station.Tests.Support;

/// <summary>A certificate for 127.0.0.1 that nobody has signed, good from yesterday until tomorrow.</summary>
internal static class SelfMadeCertificate
{
    /// <summary>Writes it and its key.</summary>
    /// <returns>Their files.</returns>
    public static async Task<(string Certificate, string Key)> WriteAsync(string folder)
    {
        (string certificateFile, string keyFile) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        CertificateRequest request = new("CN=lab", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }
}
