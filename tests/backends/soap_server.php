<?php
// A stock quote backend over PHP's SoapServer: WSDL=… php -S 127.0.0.1:PORT soap_server.php

class Quotes
{
    public function GetLastTradePrice($request)
    {
        switch ($request->tickerSymbol) {
            case 'CLOSED':
                throw new SoapFault('Client', 'The exchange is closed', 'urn:exchange');
            case 'LIMITLESS':
                return ['price' => INF];
            default:
                $account = isset($request->account) ? $request->account->id : 0;
                $country = isset($request->country) ? strlen($request->country->name) : 0;
                return ['price' => strlen($request->tickerSymbol) + $account + $country / 10];
        }
    }

    public function GetLastTradePriceNoOutput($request)
    {
    }
}

$server = new SoapServer(getenv('WSDL'), ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass('Quotes');
$server->handle();
