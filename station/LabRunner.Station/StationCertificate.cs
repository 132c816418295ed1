using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LabRunner.Bench.Hosting;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Station;

/// <summary>
/// The certificate of a station's https addresses, and what is behind it in its file: a client that knows the root only must be told what is
/// between. One that is renewed is shown without a restart, which would interrupt a night. Thread safe.
/// </summary>
internal sealed class StationCertificate
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);
    private static readonly TimeSpan Daily = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly string _key;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private SslStreamCertificateContext _shown;
    private (DateTime File, DateTime Key) _read;
    private long? _warned;

    /// <param name="file">PEM file with the certificate, the chain behind it.</param>
    /// <param name="key">PEM file with its key.</param>
    /// <param name="clock">Now.</param>
    /// <param name="warn">Told, once a day, where others refuse it or soon will.</param>
    /// <exception cref="UsageException">They cannot be used.</exception>
    public StationCertificate(string file, string key, TimeProvider clock, Action<string> warn)
    {
        (_file, _key, _clock, _warn) = (file, key, clock, warn);
        _read = Written();
        _shown = Load();
    }

    /// <summary>What a client is shown that comes now.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_gate)
            {
                (DateTime, DateTime) written = Written();
                if (written != _read)
                {
                    _read = written;
                    try
                    {
                        (_shown, _warned) = (Load(), null);
                    }
                    catch (UsageException half)
                    {
                        // Certificate and key are written one after the other, and the second is a change too.
                        _warn($"The one before is shown. {half.Message}");
                    }
                }

                if (_warned is not { } last || _clock.GetElapsedTime(last) >= Daily)
                {
                    _warned = _clock.GetTimestamp();
                    if (Problem() is { } problem)
                    {
                        _warn(problem);
                    }
                }

                return _shown;
            }
        }
    }

    private string? Problem()
    {
        X509Certificate2 own = _shown.TargetCertificate;
        (DateTimeOffset from, DateTimeOffset to, DateTimeOffset now) = (own.NotBefore, own.NotAfter, _clock.GetUtcNow());
        string Day(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
        return now < from ? $"The certificate {_file} counts from {Day(from)} on: others refuse it until then. Look at this machine's clock."
            : now >= to ? $"The certificate {_file} ran out on {Day(to)}: others refuse it. Put a new one there; it is shown without a restart."
            : to - now < Soon && to - from > Soon ? $"The certificate {_file} runs out on {Day(to)}. Put a new one there; it is shown without a restart."
            : null;
    }

    private (DateTime, DateTime) Written() => (Written(_file), Written(_key));

    // Of what is behind a link: who renews it may leave the link as it is.
    private static DateTime Written(string file)
    {
        try
        {
            using SafeFileHandle open = File.OpenHandle(file, share: FileShare.ReadWrite | FileShare.Delete);
            return File.GetLastWriteTimeUtc(open);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return default;
        }
    }

    private SslStreamCertificateContext Load()
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(_file);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(_file, _key), chain, offline: true);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--certificate and --key: {_file} and {_key} cannot be used ({failure.Message.TrimEnd('.')}). Both are PEM files that belong together and that this account may read; the key has no password.");
        }
    }
}
